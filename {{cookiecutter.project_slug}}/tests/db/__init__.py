"""Tests of db/, which came with this project. Write your own beside this folder."""
