"""The settings of the web application, read from the environment."""

from typing import Annotated

from pydantic import Field

from ..settings import Settings


class WebSettings(Settings):
    """The settings of a process that serves requests."""

    # The origins of front ends, separated by spaces: https://app.example.com, without a path; or * for all.
    # https://developer.mozilla.org/en-US/docs/Glossary/Origin
    cors_origins: Annotated[str, Field(pattern=r"^((\*|https?://[^/\s,]+)(\s+|$))*$")] = ""
    # Seconds between SIGTERM and the stop of the server, in which `/health/ready` returns 503: at least as long as a
    # load balancer takes to notice.
    stop_delay: Annotated[float, Field(ge=0, le=3600)] = 1
    # Seconds that a statement may take. A wait for a lock ends before that (SQLite: then), with an error of its own.
    statement_timeout: Annotated[float, Field(ge=0.001, le=86_400)] = 11
