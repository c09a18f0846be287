"""Settings from the environment, which the entry point reads once and passes on."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import PlainValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL

from .db.dialect import EXAMPLE
from .db.engine import parse_url

DatabaseURL = Annotated[URL, NoDecode, PlainValidator(parse_url)]


class SettingsError(Exception):
    """A setting is missing or malformed; the message is for the person who sets it."""


class Settings(BaseSettings):
    """The settings, from environment variables of the same names in upper case."""

    model_config = SettingsConfigDict(
        frozen=True,
        # .env may hold variables of other programs, such as those of Docker Compose
        extra="ignore",
        # a URL in an error would show its password
        hide_input_in_errors=True,
    )

    # Without a driver, as hosting providers give it. It prints without its password. Several hosts
    # are a list, as in .env.example.
    database_url: DatabaseURL
    # For sessions that only read and may be a little behind; database_url if it is not set.
    database_read_url: DatabaseURL | None = None
    # For migrations, which bypass a pooler; database_url if it is not set.
    database_migration_url: DatabaseURL | None = None
    # Whether database_url and database_read_url lead to a pooler in transaction mode, such as PgBouncer.
    database_pooler: bool = False
    # Whether SQLAlchemy logs each statement, without its values.
    database_echo: bool = False

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Return the settings from the environment, which wins, and from `env_file` if it exists.

        For the entry points of the application. Raises SettingsError with a line for each problem.
        """
        try:
            return cls(_env_file=env_file)  # type: ignore[call-arg]  # the fields come from the environment
        except UnicodeDecodeError:
            raise SettingsError(f"{env_file}: it is not UTF-8; save it as UTF-8") from None
        except ValidationError as error:
            sentences = [
                f"{'.'.join(map(str, problem['loc'])).upper()}: "
                + (
                    f"not set; copy .env.example to .env, or set it as in {EXAMPLE}"
                    if problem["type"] == "missing"
                    else problem["msg"].removeprefix("Value error, ")
                )
                for problem in error.errors()
            ]
            # not `from error`: it holds the value, and with it the password
            raise SettingsError("\n".join(sentences)) from None
