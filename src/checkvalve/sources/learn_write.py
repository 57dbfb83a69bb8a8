"""The text of a proposed mapping, with what a person should look at as remarks at its top."""

import textwrap
from collections.abc import Sequence

from checkvalve.sources.learn_columns import Answer, toml

_WIDTH = 110


def written(
    name: str,
    form: str,
    fields: Sequence[str],
    events: Sequence[Answer],
    unsure: Sequence[str],
    pattern: str | None = None,
) -> str:
    """The mapping file; lines of text are known by their pattern.

    >>> print(written("shop", "csv", ["id"], [Answer("request", {}, {"occurred_at": '"at"'})], ["the zone"]), end="")
    # Proposed by 'checkvalve sources learn'. Look at these before you rely on it:
    # - the zone
    <BLANKLINE>
    name = "shop"
    format = "csv"
    # The log is known by these fields:
    fields = ["id"]
    <BLANKLINE>
    [[event]]
    kind = "request"
    <BLANKLINE>
    [event.columns]
    occurred_at = "at"
    """
    lines = ["# Proposed by 'checkvalve sources learn'."]
    if unsure:
        lines[0] += " Look at these before you rely on it:"
        for one in dict.fromkeys(unsure):
            lines += textwrap.wrap(_printable(one), _WIDTH, initial_indent="# - ", subsequent_indent="#   ")
    lines += ["", f"name = {toml(name)}", f"format = {toml(form)}"]
    if pattern is None:
        lines += ["# The log is known by these fields:", f"fields = {toml(list(fields))}"]
    else:
        lines += [
            "# A line is known by this pattern, and its fields are found by it:",
            f"pattern = {_literal(pattern)}",
        ]
    for event in events:
        lines += ["", "[[event]]", f"kind = {toml(event.kind)}"]
        if event.each:
            lines += [f"each = {toml(event.each)}"]
        if event.where:
            lines += [f"where = {toml(event.where)}"]
        lines += ["", "[event.columns]", *(f"{column} = {text}" for column, text in event.columns.items())]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """A text in which a backslash is one."""
    return toml(text) if "'" in text else f"'{text}'"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
