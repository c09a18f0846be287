"""What is claimed about speed, for anyone to repeat: the ways side by side, in turns, in one run."""
