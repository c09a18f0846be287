"""The configuration of servers that projects ship: what is proven here is what people get."""

from ..answers import TEMPLATE
from ..projects import PACKAGE


def shipped(name: str) -> str:
    """Return the text of one of the examples, as projects have it."""
    text = (TEMPLATE / "deploy@cluster" / name).read_text(encoding="utf-8")
    return text.replace("{{ cookiecutter.package_name }}", PACKAGE)
