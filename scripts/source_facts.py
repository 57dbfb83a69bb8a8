"""What the sources make of their sample logs: which columns they fill, and from which fields of a record.

Nothing here is written by hand. A field leads to a column when the column's value changes as the field is taken away
or changed; what no sample fills and no adapter names is what the log never says.
"""

import ast
import copy
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from checkvalve.errors import Unusable
from checkvalve.events import Activity, Charge, Complaint, Event, Request, Send, Verification, WatchEntry
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken, Record, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise_head

SAMPLES = Path(__file__).parent.parent / "tests" / "sources" / "samples"
TABLES: dict[str, str] = {
    "Send": "sends",
    "Verification": "verifications",
    "Request": "requests",
    "Charge": "charges",
    "Complaint": "complaints",
    "Activity": "activities",
    "WatchEntry": "watchlist",
}
"""Record of `checkvalve.events` → the table that holds it."""

EVENTS: dict[str, type[Event]] = {
    TABLES[kind.__name__]: kind for kind in (Send, Verification, Request, Charge, Complaint, Activity, WatchEntry)
}
ENDED = frozenset({"delivered", "failed"})
_LOGS = Logs(currency="USD")
_MOST_RECORDS = 12
_DEPTH = 8
Path_ = tuple[str | int, ...]


@dataclass
class Example:
    """A record of a sample, as it stands there after envelopes, and the events that it became."""

    file: str
    record: Record
    events: list[Event]


@dataclass
class Facts:
    """What the samples of one source show."""

    fills: dict[str, list[str]] = field(default_factory=dict)
    """Table → columns that are filled, in the order of the table."""
    fields: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Table → column → fields that lead to it."""
    never: dict[str, list[str]] = field(default_factory=dict)
    """Table → columns that the adapter has no way to fill."""
    examples: list[Example] = field(default_factory=list)
    """The first record of each sample file that became an event."""


def facts_of(source: Source) -> Facts:
    """Everything that the samples of the source show."""
    found = Facts()
    seen: dict[str, set[str]] = {}
    leads: dict[str, dict[str, dict[str, None]]] = {}
    for path in sorted((SAMPLES / source.name).iterdir()):
        examples = list(_read(source, path))
        found.examples += examples[:1]
        for example in examples:
            for event in example.events:
                seen.setdefault(_table(event), set()).update(_filled(event))
        for example in examples[:_MOST_RECORDS]:
            _trace(source, example, leads)
    named = columns_named_by(source)
    for table, kind in EVENTS.items():
        if table in seen:
            order = [one.name for one in msgspec.structs.fields(kind)]
            found.fills[table] = [name for name in [*order, "outcome"] if name in seen[table]]
            found.fields[table] = {
                name: list(leads.get(table, {}).get(name, ())) for name in found.fills[table] if name != "outcome"
            }
            found.never[table] = [name for name in order if name not in seen[table] | named.get(table, set())]
    return found


def _table(event: Event) -> str:
    return TABLES[type(event).__name__]


def _filled(event: Event) -> set[str]:
    names = {name for name, value in msgspec.structs.asdict(event).items() if value not in (None, ())}
    if isinstance(event, Send) and event.status in ENDED:
        names.add("outcome")
    return names


def _read(source: Source, path: Path) -> Iterator[Example]:
    content = path.read_bytes()
    found, read = recognise_head(content, [source]), source.reader(_LOGS)
    for piece in pieces(found.layout, [content]):
        if piece.record is None or isinstance(piece.record, Broken):
            continue
        try:
            events = list(read(piece.record))
        except Unusable:
            continue
        if events:
            yield Example(path.name, piece.record, events)


def _trace(source: Source, example: Example, leads: dict[str, dict[str, dict[str, None]]]) -> None:
    """Change one field after the other, and see which columns change with it."""
    if not isinstance(example.record, dict):
        return
    before = _alone(source, example.record)
    for place in _places(example.record, (), _DEPTH):
        for changed in _changed(example.record, place):
            events = _alone(source, changed)
            if [type(one) for one in events] != [type(one) for one in before]:
                continue
            for one, other in zip(before, events, strict=True):
                for name in _differing(one, other):
                    columns = leads.setdefault(_table(one), {}).setdefault(name, {})
                    columns[_words(place)] = None


def _alone(source: Source, record: Record) -> list[Event]:
    """What a record becomes without those before it; nothing where it cannot be used."""
    try:
        return list(source.reader(_LOGS)(record))
    except (Unusable, LookupError, TypeError, ValueError):
        return []


def _differing(one: Event, other: Event) -> list[str]:
    changed = msgspec.structs.asdict(other)
    return [
        name for name, value in msgspec.structs.asdict(one).items() if value is not None and changed[name] != value
    ]


def _places(value: object, place: Path_, depth: int) -> Iterator[Path_]:
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _places(inner, (*place, key), depth - 1)
    elif isinstance(value, list) and value and depth:
        for number, inner in enumerate(value[:3]):
            yield from _places(inner, (*place, number), depth - 1)
    else:
        yield place


def _changed(record: dict[str, Any], place: Path_) -> Iterator[dict[str, Any]]:
    value: Any = record
    for step in place:
        value = value[step]
    for other in _others(value):
        changed = copy.deepcopy(record)
        inner: Any = changed
        for step in place[:-1]:
            inner = inner[step]
        if other is None and isinstance(place[-1], str):
            del inner[place[-1]]
        else:
            inner[place[-1]] = other
        yield changed


def _others(value: object) -> list[Any]:
    """Nothing, and something near."""
    if isinstance(value, bool):
        return [None, not value]
    if isinstance(value, int | float):
        return [None, value + 1, value + 1000]
    if isinstance(value, str) and value:
        last = max((position for position, letter in enumerate(value) if letter.isdigit()), default=None)
        digit = [] if last is None else [value[:last] + str((int(value[last]) + 1) % 10) + value[last + 1 :]]
        return [None, *digit, value + "x"]
    return [None]


def _words(place: Path_) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def columns_named_by(source: Source) -> dict[str, set[str]]:
    """Table → columns that the adapter, or a module of sources that it uses, names when it makes an event."""
    module = inspect.getmodule(type(source))
    assert module is not None
    found: dict[str, set[str]] = {}
    for each in _with_helpers(module.__name__, 3):
        tree = ast.parse(inspect.getsource(sys.modules[each]))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TABLES:
                names = {keyword.arg for keyword in node.keywords if keyword.arg}
                if any(keyword.arg is None for keyword in node.keywords):
                    names |= _keys(tree)
                found.setdefault(TABLES[node.func.id], set()).update(names)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("replace"):
                for columns in found.values():
                    columns.update(keyword.arg for keyword in node.keywords if keyword.arg)
    return found


def _keys(tree: ast.AST) -> set[str]:
    """Every text in the module: an event that is made from a mapping may get any of them."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _with_helpers(module: str, depth: int) -> set[str]:
    found = {module}
    if depth:
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("checkvalve.sources."):
                assert node.module is not None
                found |= _with_helpers(node.module, depth - 1)
    return found
