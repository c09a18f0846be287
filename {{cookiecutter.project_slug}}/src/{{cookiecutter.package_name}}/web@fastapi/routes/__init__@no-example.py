"""Endpoints, one module for each resource. List every router here, so that the application includes it."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
