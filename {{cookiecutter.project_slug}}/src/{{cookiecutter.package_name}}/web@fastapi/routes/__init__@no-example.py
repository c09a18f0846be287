"""Endpoints: one module for each resource. Name every router here, so that the application has it."""

from . import health

ROUTERS = [health.router]
