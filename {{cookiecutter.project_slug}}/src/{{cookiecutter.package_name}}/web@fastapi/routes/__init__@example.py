"""Endpoints: one module for each resource. Name every router here, so that the application has it."""

from . import companies, employees, health

ROUTERS = [health.router, companies.router, employees.router]
