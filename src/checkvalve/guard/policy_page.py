"""The tables of a policy's settings, for the documentation: names, defaults and notes as the code has them."""

import ast
import inspect
import sys
from typing import Any

import msgspec

from checkvalve.guard.policy import Policy


def tables() -> str:
    """Every table of a policy with its settings, in Markdown.

    >>> tables().splitlines()[0]
    '### Top of the file'
    """
    parts = [table("Top of the file", Policy)]
    for one in msgspec.structs.fields(Policy):
        kind = one.type if isinstance(one.type, type) else getattr(one.type, "__args__", (None,))[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            name = f"[{one.name}]" if isinstance(one.type, type) else f"[[{one.name}]]"
            parts.append(table(f"`{name}`", kind))
    return "\n\n".join(parts)


def table(title: str, kind: type[msgspec.Struct]) -> str:
    """The settings of one table, in Markdown."""
    notes = _notes(kind)
    rows = []
    for one in msgspec.structs.fields(kind):
        if isinstance(one.default, msgspec.Struct) or one.name in ("budgets", "allow"):
            continue
        default = _default(one)
        rows.append(f"| `{one.name}` | {default} | {notes.get(one.name, '')} |")
    about = inspect.getdoc(kind) or ""
    return "\n".join(
        [f"### {title}", "", about.split("\n\n")[0], "", "| setting | default | |", "|---|---|---|", *rows]
    )


def _default(field: Any) -> str:
    if field.default is not msgspec.NODEFAULT:
        return f"`{_shown(field.default)}`"
    return "needed" if field.default_factory is msgspec.NODEFAULT else f"`{_shown(field.default_factory())}`"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, tuple) else str(value)


def _notes(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The line below each field of a class, from its source."""
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    found, field = {}, ""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
            found[field] = " ".join(str(node.value.value).split())
            field = ""
    return found
