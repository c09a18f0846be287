"""Projects use libraries through what their documentation offers: no method is replaced, no private name is read."""

import ast
import re
from functools import cache

import pytest
from alembic.config import CommandLine
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, MetaData, QueuePool
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Mapper, Session

from .rendered import Rendered, on_each

# Each exception with its reason: the end of the file's path, the name, and why there is no other way.
EXCEPTIONS = {
    ("migrations/autogenerate.py", "_variant_mapping"): "nothing public tells the variants of a type",
    ("migrations/autogenerate.py", "_repr_type"): "nothing public renders a type as autogenerate does",
    ("db/cluster/nodes.py", "_read_timeout"): "PyMySQL and asyncmy read it before each response, and have no setter",
    ("web/problems.py", "openapi"): "FastAPI documents the assignment: advanced/extending-openapi",
}

PRIVATE = re.compile(r"_[A-Za-z]\w*")

# Methods of objects of libraries; no project assigns one.
METHODS = {
    name
    for kind in (Engine, Connection, DefaultDialect, Session, QueuePool, Mapper, MetaData, CommandLine, FastAPI)
    for name in dir(kind)
    if callable(getattr(kind, name)) and not name.startswith("__")
}


def is_own(node: ast.expr) -> bool:
    """Return whether it is the object itself, whose attributes a method may read and assign."""
    return isinstance(node, ast.Name) and node.id in ("self", "cls", "tour")


class Finder(ast.NodeVisitor):
    """Collects private names of other objects, and methods of other objects that are assigned."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.see(*(word for alias in node.names for word in alias.name.split(".")))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0:
            self.see(*(node.module or "").split("."), *(alias.name for alias in node.names))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not is_own(node.value):
            self.see(node.attr)
            if isinstance(node.ctx, ast.Store | ast.Del) and node.attr in METHODS:
                self.found.add(node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        match node:
            case ast.Call(func=ast.Name(id="setattr" | "delattr" as name), args=[target, *_]) if not is_own(target):
                self.found.add(name)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(str() as attr), *_]):
                self.see(attr)
        self.generic_visit(node)

    def see(self, *names: str) -> None:
        """Note those of the names that are private."""
        self.found |= {name for name in names if PRIVATE.fullmatch(name)}


@cache
def found_in(text: str) -> frozenset[str]:
    """Return the names in a module that are neither documented nor its own."""
    finder = Finder()
    finder.visit(ast.parse(text))
    return frozenset(finder.found)


@on_each
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
        "self.engine.dispose = functools.partial(print)",
        "engine.dialect.do_commit, other = print, 1",
        "engine.dispose: object = print",
        "del engine.dispose",
        "setattr(engine.dialect, 'do_commit', print)",
        "getattr(connection, '_connection')",
        "import sqlalchemy.orm._typing",
        "from sqlalchemy.orm._typing import name",
    ],
)
def test_a_replaced_method_or_a_private_name_is_found(code: str) -> None:
    assert found_in(code)
