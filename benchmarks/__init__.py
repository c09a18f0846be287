"""Measurements behind every claim about speed: the ways side by side, alternating, in one run."""
