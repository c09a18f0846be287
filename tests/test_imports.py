"""Tests of the imports of every project, and of names that other modules have too."""

import ast
import io
import re
import runpy
import symtable
import sys
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata

from packaging.requirements import Requirement

from .answers import CONTEXT, ROOT
from .rendered import Rendered, on_each

PRE_GEN = runpy.run_path(str(ROOT / "hooks" / "pre_gen_project.py"))

OWNERS = metadata.packages_distributions()


@cache
def names_in(text: str) -> set[str]:
    """Return the names that a module binds at its top level."""
    symbols = symtable.symtable(text, "module", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


@cache
def uses_in(text: str, package: tuple[str, ...]) -> set[tuple[str, str]]:
    """Return pairs of a module's full name and a name that is taken from it, for a module of `package`."""
    tree = ast.parse(text)
    imported: dict[str, tuple[str, str]] = {}  # names in this text, and where they come from
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            imported |= {alias.asname or alias.name: (module, alias.name) for alias in node.names}
    attributes = {
        (".".join(imported[node.value.id]), node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
    }
    return attributes | set(imported.values())


@on_each
def test_a_module_imports_only_names_that_exist(rendered: Rendered) -> None:
    modules = {
        tuple(path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").split("/")): (path, text)
        for path, text in rendered.texts(".py")
    }
    exports = {".".join(name): names_in(text) for name, (_, text) in modules.items()}
    for name, (path, _) in modules.items():
        if path.endswith("/__init__.py"):
            exports[".".join(name)] = exports[".".join(name)] | {other[-1] for other in modules if other[:-1] == name}

    missing = [
        f"{path}: {module} has no {used}"
        for name, (path, text) in modules.items()
        for module, used in uses_in(text, name if path.endswith("/__init__.py") else name[:-1])
        # every module has its `__name__`, and every package its `__path__`
        if used not in exports.get(module, {used}) and not used.startswith("__")
    ]

    assert missing == []


@cache
def imported_in(text: str) -> set[str]:
    """Return the first words of all absolute imports."""
    nodes = list(ast.walk(ast.parse(text)))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {module.partition(".")[0] for module in modules}


def imports(rendered: Rendered, *folders: str) -> set[str]:
    """Return the modules that the code in some folders has from elsewhere than Python and the project."""
    texts = [text for path, text in rendered.texts(".py") if path.startswith(folders)]
    modules = {module for text in texts for module in imported_in(text)}
    return modules - sys.stdlib_module_names - {rendered.package, "tests", "tour"}


def normalized(distribution: str) -> str:
    """Return the name of a distribution as package indexes compare it."""
    return re.sub("[-_.]+", "-", distribution).lower()


def declared(requirements: Iterable[object]) -> set[str]:
    """Return the names of distributions in a list of pyproject.toml."""
    return {normalized(Requirement(line).name) for line in requirements if isinstance(line, str)}


@on_each
def test_the_package_imports_only_what_the_project_declares_as_a_dependency(rendered: Rendered) -> None:
    dependencies = declared(rendered.pyproject["project"]["dependencies"])

    undeclared = {m for m in imports(rendered, "src/") if not dependencies & set(map(normalized, OWNERS[m]))}

    assert undeclared == set()


@on_each
def test_the_tests_import_only_what_the_project_declares(rendered: Rendered) -> None:
    development = rendered.pyproject["dependency-groups"]["dev"]
    dependencies = declared([*rendered.pyproject["project"]["dependencies"], *development])

    undeclared = {m for m in imports(rendered, "tests/", "tour/") if not dependencies & set(map(normalized, OWNERS[m]))}

    assert undeclared == set()


@on_each
def test_a_project_declares_no_dependency_that_it_does_not_use(rendered: Rendered) -> None:
    used = {normalized(owner) for module in imports(rendered, "src/") for owner in OWNERS[module]}
    # no import but the beginning of a URL asks for a driver, a command for a server, a string for the files of a page
    drivers = CONTEXT["_databases"][rendered.answers["database"]]["driver"].values()
    named = {*drivers, "uvicorn", "httptools", "uvloop", "fastapi-swagger"}

    assert declared(rendered.pyproject["project"]["dependencies"]) - used - named == set()


@cache
def asynchronous_names_in(text: str) -> set[str]:
    """Return the names in a module that are of asyncio by their spelling; comments and docstrings are no names."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    # asyncmy has fewer timeouts than PyMySQL, so the nodes of MySQL ask which of them connects
    return {name for name in names if re.search("async|await", name, re.IGNORECASE)} - {"is_async"}


@on_each
def test_the_database_code_of_a_blocking_project_has_nothing_for_asyncio(rendered: Rendered) -> None:
    folder = f"src/{rendered.package}/db/"
    found = {path: asynchronous_names_in(text) for path, text in rendered.texts(".py") if path.startswith(folder)}

    assert any(found.values()) == (rendered.answers["io"] == "async")


def needs(requirement: Requirement) -> Iterator[Requirement]:
    """Return what a distribution needs in turn, or nothing where it is not installed."""
    try:
        requirements = map(Requirement, metadata.requires(requirement.name) or [])
    except metadata.PackageNotFoundError:
        return
    for needed in requirements:
        environments = [{"extra": extra} for extra in ("", *requirement.extras)]
        if needed.marker is None or any(map(needed.marker.evaluate, environments)):
            yield needed


@cache
def installed_for(requirements: frozenset[str]) -> set[str]:
    """Return the names of all distributions that come with these requirements."""
    found: dict[str, Requirement] = {}
    waiting = [Requirement(requirement) for requirement in requirements]
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in found:
            found[str(requirement)] = requirement
            waiting += needs(requirement)
    return {normalized(requirement.name) for requirement in found.values()}


def distributions(rendered: Rendered) -> set[str]:
    """Return the names of all distributions that a project builds, runs and is developed with."""
    groups = [
        rendered.pyproject["build-system"]["requires"],
        rendered.pyproject["project"]["dependencies"],
        *rendered.pyproject["dependency-groups"].values(),
    ]
    return installed_for(frozenset(line for group in groups for line in group if isinstance(line, str)))


@on_each
def test_no_project_can_have_the_name_of_what_it_needs(rendered: Rendered) -> None:
    assert [name for name in distributions(rendered) if PRE_GEN["name_problem"](name, "-_") is None] == []


@on_each
def test_no_package_can_hide_what_it_needs(rendered: Rendered) -> None:
    installed = distributions(rendered)
    modules = [module for module, owners in OWNERS.items() if installed & set(map(normalized, owners))]

    assert [module for module in modules if PRE_GEN["name_problem"](module, "_") is None] == []


@on_each
def test_no_package_can_have_the_name_of_a_folder_or_module_of_the_project(rendered: Rendered) -> None:
    folders = (rendered.path, rendered.path / "src" / rendered.package)
    own = {path.stem for folder in folders for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    # a package of such a name would stay out of version control
    ignored = re.findall(r"^(\w+)/$", rendered.files[".gitignore"], re.MULTILINE)

    assert [name for name in own.union(ignored) if PRE_GEN["name_problem"](name, "_") is None] == []
