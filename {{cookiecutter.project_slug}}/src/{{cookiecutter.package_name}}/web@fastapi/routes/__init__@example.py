"""Endpoints, one module for each resource. List every router here, so that the application includes it."""

from . import companies, employees, health

ROUTERS = [health.router, companies.router, employees.router]
