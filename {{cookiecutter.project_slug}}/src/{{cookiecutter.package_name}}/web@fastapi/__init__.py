"""The web application: sessions, endpoints, pagination, errors and health checks."""
