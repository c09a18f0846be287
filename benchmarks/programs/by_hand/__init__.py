"""The application of the project, written by hand: the same routes and the same JSON."""
