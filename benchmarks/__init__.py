"""The claims about speed, for anyone to repeat: the ways are measured side by side, and take turns in one run."""
