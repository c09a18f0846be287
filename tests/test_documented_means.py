"""Projects use libraries through what their documentation offers: no method is replaced, no private name is read."""

import ast
import re
from functools import cache

import pytest

from .rendered import Rendered

# Each exception with its reason: the end of the file's path, the name, and why there is no other way.
EXCEPTIONS = {
    ("migrations/autogenerate.py", "_variant_mapping"): "nothing public tells the variants of a type",
    ("migrations/autogenerate.py", "_repr_type"): "nothing public renders a type as autogenerate does",
    ("db/cluster/nodes.py", "_read_timeout"): "PyMySQL and asyncmy read it before each answer, and have no setter",
    ("web/problems.py", "openapi"): "FastAPI documents the assignment: advanced/extending-openapi",
}

PRIVATE = re.compile(r"_[a-z]\w*")


class Finder(ast.NodeVisitor):
    """Collects private names of other objects, and methods of other objects that are assigned."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.functions: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.functions.add(node.name)
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.functions.add(node.name)
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0:
            self.found |= {alias.name for alias in node.names if PRIVATE.fullmatch(alias.name)}

    def visit_Attribute(self, node: ast.Attribute) -> None:
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "tour")
        if PRIVATE.fullmatch(node.attr) and not own:
            self.found.add(node.attr)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            match target, node.value:
                case ast.Attribute(value=ast.Name(id=name), attr=attr), value if name not in ("self", "cls"):
                    is_function = isinstance(value, ast.Name) and value.id in self.functions
                    if is_function or isinstance(value, ast.Lambda):
                        self.found.add(attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        match node:
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), *_]) if name != "self":
                self.found.add("setattr")
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(str() as attr), *_]):
                if PRIVATE.fullmatch(attr):
                    self.found.add(attr)
        self.generic_visit(node)


@cache
def found_in(text: str) -> frozenset[str]:
    """Return the names in a module that are neither documented nor its own."""
    finder = Finder()
    finder.visit(ast.parse(text))
    ignored = {"method-assign"} if "ignore[method-assign]" in text and not finder.found else set()
    return frozenset(finder.found | ignored)


def test_projects_replace_no_method_and_read_no_private_name(rendered: Rendered) -> None:
    found = {
        (path, name)
        for path, text in rendered.texts(".py")
        if path.startswith(("src/", "tour/"))
        for name in found_in(text)
    }

    excepted = {
        (path, name) for path, name in found for end, known in EXCEPTIONS if path.endswith(end) and name == known
    }
    assert found - excepted == set()


@pytest.mark.parametrize(
    "code",
    [
        "from sqlalchemy.orm import _private",
        "engine.pool._dialect",
        "def dispose(): ...\nengine.dispose = dispose",
        "engine.raw_connection = lambda: None",
        "setattr(engine.dialect, 'do_commit', print)".replace("engine.dialect", "dialect"),
        "getattr(connection, '_connection')",
    ],
)
def test_a_replaced_method_or_a_private_name_is_found(code: str) -> None:
    assert found_in(code)
