"""The tables of a policy's settings, for the documentation: names, defaults and notes as the code has them."""

import ast
import inspect
from typing import Any

import msgspec

from checkvalve.guard import policy
from checkvalve.guard.policy import Policy


def tables() -> str:
    """Every table of a policy with its settings, in Markdown.

    >>> tables().splitlines()[0]
    '### Top of the file'
    """
    parts = [_table("Top of the file", Policy)]
    for one in msgspec.structs.fields(Policy):
        kind = one.type if isinstance(one.type, type) else getattr(one.type, "__args__", (None,))[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            name = f"[{one.name}]" if isinstance(one.type, type) else f"[[{one.name}]]"
            parts.append(_table(f"`{name}`", kind))
    return "\n\n".join(parts)


def _table(title: str, kind: type[msgspec.Struct]) -> str:
    notes = _notes(kind)
    rows = []
    for one in msgspec.structs.fields(kind):
        if isinstance(one.default, msgspec.Struct) or one.name in ("budgets", "allow"):
            continue
        default = "needed" if one.default is msgspec.NODEFAULT else f"`{_shown(one.default)}`"
        rows.append(f"| `{one.name}` | {default} | {notes.get(one.name, '')} |")
    about = inspect.getdoc(kind) or ""
    return "\n".join(
        [f"### {title}", "", about.split("\n\n")[0], "", "| setting | default | |", "|---|---|---|", *rows]
    )


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, tuple) else str(value)


def _notes(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The line below each field of a class, from its source."""
    tree = ast.parse(inspect.getsource(policy))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    found, field = {}, ""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
            found[field] = " ".join(str(node.value.value).split())
            field = ""
    return found
