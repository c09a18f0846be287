"""Tests of db/cluster/."""
