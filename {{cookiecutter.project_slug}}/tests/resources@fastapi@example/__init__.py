"""Tests of the web application's resources, a file for each."""
