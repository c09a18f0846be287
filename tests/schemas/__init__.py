"""Schemas that nobody here designed, as models on the shipped Base; test_real_schemas.py puts them into projects."""
