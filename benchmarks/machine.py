"""The machine and the versions that the figures depend on."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests import servers

PACKAGES = (
    "cookiecutter",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "asyncpg",
    "asyncmy",
    "pymysql",
    "aiosqlite",
    "advanced-alchemy",
    "sqlmodel",
    "fastapi",
    "uvicorn",
    "pytest",
)


def printed(*command: object) -> str:
    """Return what a program says of its version."""
    return subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", check=True).stdout.strip()


def processor() -> str:
    """Return the name of the processor, as Linux has it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def machine() -> dict[str, str]:
    """Return the machine, the servers and the packages, by name."""
    return {
        "processor": f"{os.cpu_count()} x {processor()}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": printed(servers.wheel_binaries() / "postgres", "--version").split()[-1],
        "MariaDB": printed(servers.program("mariadbd"), "--version").partition("Ver ")[2].split("-")[0],
        **{package: version(package) for package in PACKAGES},
    }
