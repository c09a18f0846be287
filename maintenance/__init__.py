"""What the maintainers run now and then; CONTRIBUTING.md says when."""
