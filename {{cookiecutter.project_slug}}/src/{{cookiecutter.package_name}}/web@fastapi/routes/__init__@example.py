"""Endpoints, one module for each resource. List every router here, so that the application includes it."""

from . import companies, employees

# Requests search them in this order.
ROUTERS = [companies.router, employees.router]
