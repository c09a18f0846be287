"""Tests of the template: its hooks, every project that it can generate, and what these projects promise."""
