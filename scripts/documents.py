"""The documents that are made from the code, so that they cannot say anything else. Run by ``scripts/docs``."""

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import msgspec

from checkvalve import investigation, settings
from checkvalve.cli.main import group
from checkvalve.investigation import json_schema
from checkvalve.sources import mapping_form
from checkvalve.sources.mapping_columns import EVENTS, required, types_of
from scripts.source_pages import source_documents, stale

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- made by scripts/docs -->", "<!-- end -->"
HELP_WIDTH = 100


@cache
def documents() -> dict[Path, str]:
    """Every made document: its path in the repository, and what it must hold."""
    table, mappings = Path("docs/settings.md"), Path("docs/sources/mapping.md")
    return {
        Path("docs/commands.md"): commands_page(),
        table: between_marks((ROOT / table).read_text(encoding="utf-8"), settings_tables()),
        Path("src/checkvalve/investigation.schema.json"): schema_text(),
        **source_documents(),
        mappings: between_marks((ROOT / mappings).read_text(encoding="utf-8"), mapping_tables()),
    }


def between_marks(page: str, text: str) -> str:
    """Replace what stands between the marks of a page.

    >>> between_marks(f"a\\n{BEGIN}\\nold\\n{END}\\nb", "new")
    'a\\n<!-- made by scripts/docs -->\\nnew\\n<!-- end -->\\nb'
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def commands_page() -> str:
    """The help of every command, as it appears in a terminal."""
    parts = ["# Commands", "What `--help` says. This page is made by `scripts/docs`."]
    for path, command in commands(group, ("checkvalve",)):
        shape: dict[str, Any] = {
            **group.context_settings,
            "max_content_width": HELP_WIDTH,
            "terminal_width": HELP_WIDTH,
        }
        with click.Context(command, info_name=" ".join(path), **shape) as context:
            parts += [f"## {' '.join(path)}", f"```text\n{command.get_help(context)}\n```"]
    return "\n\n".join(parts) + "\n"


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))


def settings_tables() -> str:
    """One table for every part of the settings: name, type, default, meaning."""
    notes = field_notes(settings)
    parts = []
    for part in msgspec.structs.fields(settings.Settings):
        kind: Any = part.type
        schema, defaults = msgspec.json.schema(kind)["$defs"][kind.__name__], kind()
        rows = [
            f"## `[{part.name}]`",
            f"{inspect.getdoc(kind)}",
            "| name | type | default | meaning |\n|---|---|---|---|",
        ]
        for each in msgspec.structs.fields(kind):
            type_words = type_in_words(schema["properties"][each.name])
            value = getattr(defaults, each.name)
            default = "none" if value is None else f"`{toml(value)}`"
            rows[-1] += f"\n| `{each.name}` | {type_words} | {default} | {notes[kind.__name__, each.name]} |"
        parts.append("\n\n".join(rows))
    return "\n\n".join(parts)


def mapping_tables() -> str:
    """The keys of a mapping file, and the columns of each kind of event."""
    notes = field_notes(mapping_form)
    parts = []
    for title, kind in (
        ("At the top", mapping_form.MappingForm),
        ("In `[[event]]`", mapping_form.EventForm),
        ("In a column", mapping_form.Column),
    ):
        rows = [f"### {title}", "| key | meaning |\n|---|---|"]
        for each in msgspec.structs.fields(kind):
            must = " Must be given." if each.required else ""
            rows[-1] += f"\n| `{each.name}` | {notes[kind.__name__, each.name]}{must} |"
        parts += rows
    parts += [
        "### The columns of each kind",
        "| kind | columns, those that it cannot be without first |\n|---|---|",
    ]
    for name, event in EVENTS.items():
        first = required(event)
        columns = [*first, *(one for one in types_of(event) if one not in first)]
        parts[-1] += f"\n| `{name}` | " + ", ".join(f"`{one}`" for one in columns) + " |"
    return "\n\n".join(parts)


def toml(value: object) -> str:
    """A default as one would write it in the file.

    >>> toml(()), toml(0.05), toml("UTC"), toml(True)
    ('[]', '0.05', '"UTC"', 'true')
    """
    return json.dumps(value)


def type_in_words(schema: dict[str, Any]) -> str:
    """The type of a setting as a reader of TOML would say it.

    >>> type_in_words({"type": "number", "exclusiveMinimum": 0})
    'number above 0'
    """
    if "anyOf" in schema:
        return " or ".join(type_in_words(each) for each in schema["anyOf"] if each != {"type": "null"})
    if "enum" in schema:
        return " or ".join(f"`{toml(each)}`" for each in schema["enum"])
    if schema["type"] == "array":
        return f"list of {type_in_words(schema['items'])}s"
    if schema["type"] == "object":
        return f"table of {type_in_words(schema['additionalProperties'])}"
    bounds = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below", "maximum": "up to"}
    limits = [f" {word} {schema[key]:g}" for key, word in bounds.items() if key in schema]
    names = {"string": "text", "boolean": "true or false", "number": "number", "integer": "whole number"}
    return names[schema["type"]] + " and".join(limits)


def field_notes(module: ModuleType) -> dict[tuple[str, str], str]:
    """The docstring of every field of the module's classes, by class and field."""
    notes = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                notes[node.name, field.target.id] = " ".join(after.value.value.split())
    return notes


def schema_text() -> str:
    """The JSON Schema of an investigation, with the notes of its fields."""
    schema = msgspec.to_builtins(json_schema())
    for (kind, name), note in field_notes(investigation).items():
        if kind in schema["$defs"]:
            schema["$defs"][kind]["properties"][name]["description"] = note
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": investigation.SCHEMA}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write what differs, and say so."""
    for path, text in documents().items():
        place = ROOT / path
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            sys.stdout.write(f"written: {path}\n")
    for place in stale():
        place.unlink()
        sys.stdout.write(f"removed: {place.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
