"""The page of results: every figure on it was written by the run that found it, section by section."""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from checkvalve import __version__

TITLE = """# Results

Every figure on this page was written by the command named above it, none by hand. No public evidence of SMS pumping
says message by message what was fraud, so all of it is measured on generated data, whose truth is known. That shows
whether the product does what it is meant to do, on traffic built from published incidents and published figures of
honest behaviour. It does not show how often attacks like these occur, nor how the product fares on attacks that
nobody has described: generator and product come from one project, though they share no code and no constants. Of the
worked examples faults were looked for on seeds 1 to 5, of the catalogue on its tuning part
(`proving/score/split.py`); of all else only the figures were looked at. Anybody can run the commands with seeds of
their own.
"""


def write_section(page: Path, name: str, text: str, title: str = TITLE, after: str | None = None) -> None:
    """Put the text into the page's section of that name, in place of what stood there; other sections stay.

    A new section comes behind the one called ``after``, if the page has that; else at the end.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    old = page.read_text(encoding="utf-8") if page.exists() else title
    _, _, sections = old.partition("<!-- ")
    body = f"<!-- {sections}" if sections else ""
    before, found, rest = body.partition(begin)
    behind = rest.partition(end)[2] if found else ""
    neighbour = f"<!-- {after}: end -->"
    if not found and neighbour in body:
        before, _, behind = body.partition(neighbour)
        before += neighbour
    parts = [title.rstrip("\n"), before.strip("\n"), f"{begin}\n\n{text.strip()}\n\n{end}", behind.strip("\n")]
    page.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown has it: the first column to the left, figures to the right.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    |---|--:|
    | x | 1 |
    """
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    texts[1] = "|" + "|".join(lines[1]) + "|"
    return "\n".join(texts)


def circumstances(command: str, seconds: float) -> str:
    """When, on what machine and by which command figures were found."""
    return (
        f"`{command}`\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, checkvalve {__version__}{commit()}, {seconds / 60:.0f} min on {machine()}; "
        f"Python {platform.python_version()}, numpy {np.__version__}, DuckDB {duckdb.__version__}."
    )


def commit() -> str:
    """Which commit was measured, where the code is a working copy; empty where it is not."""
    git = shutil.which("git")
    if git is None:
        return ""
    place = Path(__file__).parent
    found = subprocess.run(  # noqa: S603 # a fixed command, of no input
        [git, "rev-parse", "--short", "HEAD"], cwd=place, capture_output=True, text=True, check=False
    )
    return f" (commit {found.stdout.strip()})" if found.returncode == 0 else ""


def machine() -> str:
    """How many cores of which processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{os.cpu_count()} cores of {model or platform.machine()}"
