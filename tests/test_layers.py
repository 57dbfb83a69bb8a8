"""The order of the folders: each imports only what stands below it, and nothing goes in circles."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "checkvalve"

LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "__main__",
        "cli",
        "gateways",
        "guard",
        "export",
        "cases",
        "indicators",
        "evidence",
        "sources",
        "statistics",
        "numbering network simulation",
        "investigation events errors settings progress beside durations native __init__",
    )
)
"""From the top down. Folders on one line may not import one another; the records at the bottom may."""

BOTTOM = len(LAYERS) - 1


def part(module: str) -> str:
    """The folder or file directly below the package that a module belongs to.

    >>> part("checkvalve.cases.rivals"), part("checkvalve")
    ('cases', '__init__')
    """
    return module.split(".")[1] if "." in module else "__init__"


def rank(name: str) -> int:
    """The layer of a part, 0 at the top; raises `KeyError` for a part that has none."""
    for position, names in enumerate(LAYERS):
        if name in names:
            return position
    raise KeyError(name)


def modules(package: Path) -> dict[str, Path]:
    """All modules of a package by their dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        words = [package.name, *path.relative_to(package).with_suffix("").parts]
        found[".".join(words[:-1] if words[-1] == "__init__" else words)] = path
    return found


def imported(module: str, path: Path, known: frozenset[str]) -> Iterator[str]:
    """Every module that a module imports, anywhere in its text; of our own the most exact that there is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                home = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                base = ".".join([*home[: len(home) - node.level + 1], *base.split(".")]).rstrip(".")
            for alias in node.names:
                exact = f"{base}.{alias.name}"
                yield exact if exact in known else base


def graph(package: Path) -> dict[str, set[str]]:
    """Which module imports which others, of the package and of anything else."""
    known = modules(package)
    return {name: set(imported(name, path, frozenset(known))) for name, path in known.items()}


def violations(package: Path) -> list[str]:
    """Every import that goes up, or sideways into another folder."""
    name = package.name
    wrong = []
    for module, targets in graph(package).items():
        for target in sorted(targets):
            if target != name and not target.startswith(f"{name}."):
                continue
            here, there = part(module), part(target)
            if here != there and rank(there) <= rank(here) and rank(here) != BOTTOM:
                wrong.append(f"{module} imports {target}")
            if rank(here) == BOTTOM != rank(there):
                wrong.append(f"{module} imports {target}")
    return wrong


def circle(package: Path) -> list[str]:
    """The modules of one circle of imports; empty where there is none."""
    own = graph(package)
    inside = {module: {target for target in targets if target in own} for module, targets in own.items()}
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_folder_has_a_layer() -> None:
    """A new folder is given its place in the order before anything can be put into it."""
    for module in modules(PACKAGE):
        rank(part(module))


def test_imports_go_down() -> None:
    """A folder imports only what stands below it."""
    assert violations(PACKAGE) == []


def test_nothing_goes_in_circles() -> None:
    """No module imports itself by way of others."""
    assert circle(PACKAGE) == []


def test_the_package_knows_nothing_of_its_proof() -> None:
    """`proving` and the tests use the package, and the package never uses them."""
    for module, targets in graph(PACKAGE).items():
        assert not {target for target in targets if target.split(".")[0] in {"proving", "tests", "scripts"}}, module


def planted(folder: Path, files: dict[str, str]) -> Path:
    """A package of that name with the given files."""
    package = folder / "checkvalve"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("sources/a.py", "import checkvalve.cases.b"),
        ("sources/a.py", "from checkvalve.evidence import tables"),
        ("sources/a.py", "from checkvalve import cases"),
        ("sources/a.py", "from ..cases import b"),
        ("sources/a.py", "def late():\n    from checkvalve.cases.b import x\n"),
        ("numbering/a.py", "from checkvalve.network.b import x"),
        ("events.py", "from checkvalve.numbering import plan"),
    ],
)
def test_an_import_that_goes_up_is_found(tmp_path: Path, file: str, text: str) -> None:
    """The rule above sees upward and sideways imports in every form that Python has for them."""
    others = {"cases/__init__.py": "", "cases/b.py": "", "network/b.py": "", "__init__.py": ""}
    package = planted(tmp_path, {**others, file: text})
    assert len(violations(package)) == 1


def test_an_import_that_goes_down_is_fine(tmp_path: Path) -> None:
    """Imports of lower folders, of neighbours in the folder and of strangers are no violation."""
    text = (
        "import numpy\nfrom checkvalve.errors import Usage\nfrom . import b\nfrom checkvalve.evidence.b import x\n"
    )
    package = planted(tmp_path, {"__init__.py": "", "cases/a.py": text, "cases/b.py": "", "evidence/b.py": ""})
    assert violations(package) == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    """Two modules that import each other are seen, though they share a folder."""
    package = planted(
        tmp_path, {"cases/a.py": "from checkvalve.cases import b", "cases/b.py": "import checkvalve.cases.a"}
    )
    assert {"checkvalve.cases.a", "checkvalve.cases.b"} <= set(circle(package))
