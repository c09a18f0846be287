"""What the environment decides of the web application."""

from typing import Annotated

from pydantic import Field

from ..settings import Settings


class WebSettings(Settings):
    """The settings of a process that serves requests."""

    # The origins of front ends, separated by spaces: https://app.example.com, without a path; or * for all.
    # https://developer.mozilla.org/en-US/docs/Glossary/Origin
    cors_origins: Annotated[str, Field(pattern=r"^((\*|https?://[^/\s,]+)(\s+|$))*$")] = ""
