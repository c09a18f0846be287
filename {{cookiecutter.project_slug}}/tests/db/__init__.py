"""Tests of db/: what this template promises. Your own tests stand beside this folder."""
