"""A guided tour of this package, which also proves that it works."""
