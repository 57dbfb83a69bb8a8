"""A mapping file: how a user says what a home-grown log means, and what is wrong with it, by line and key.

The file is TOML. The top names the log and how to know it; each ``[[event]]`` makes one kind of event of the records
that its ``where`` chooses; ``[event.columns]`` says where each column comes from::

    name = "shop"
    format = "json"
    fields = ["id", "msisdn", "at"]

    [[event]]
    kind = "send"
    where = { type = "otp" }

    [event.columns]
    send_id = "id"
    sent_at = "at"
    destination = { field = "msisdn", number = "bare" }
    price = { field = "cents", divide_by = 100 }
    currency = { value = "EUR" }
    status = { field = "state", words = { ok = "delivered", ko = "failed" } }

All keys with their meaning: docs/sources/mapping.md.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from checkvalve.errors import Usage
from checkvalve.sources.mapping_places import Place, line_of, path_in_words

Kind = Literal["send", "verification", "request", "complaint", "charge"]
Word = str | int | float | bool
Positive = Annotated[float, msgspec.Meta(gt=0)]
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_PAGE = "see docs/sources/mapping.md for the keys"


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one column comes from: of ``field``, ``value`` and ``digest`` exactly one is given."""

    field: str | tuple[str, ...] | None = None
    """Name of the field, ``a.b`` for ``b`` inside ``a``; of several names the first that says something counts."""
    value: Word | None = None
    """The same for every record: a provider's name, a currency."""
    digest: tuple[str, ...] = ()
    """An identity made of these fields together, where the log gives none."""
    time: str = "auto"
    """How a time is written: ``auto``, ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``epoch_ns`` or a ``%Y…`` pattern."""
    zone: str | None = None
    """Zone of times without one, in place of the file's ``time_zone``."""
    number: Literal["international", "bare", "national"] = "international"
    """How a phone number is written: with ``+`` or ``00``; in international digits alone; as dialled in a country."""
    country: str | None = None
    """The country of national numbers, as two letters."""
    divide_by: Positive = 1
    """Unit of the number: 100 for cents, 1000 for milliseconds in a column of seconds."""
    decimal: Literal[".", ","] = "."
    """What stands before the decimals in a number."""
    words: dict[str, str] = {}
    """What each word of the log means in the product's words."""
    otherwise: str | None = None
    """What every other word means; without it, nothing is said of such a record."""


class EventForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of event that records stand for."""

    kind: Kind
    """What the records are: ``send``, ``verification``, ``request``, ``complaint`` or ``charge``."""
    columns: dict[str, Any]
    """The table ``[event.columns]``: column → the name of its field, or a table of the keys below."""
    where: dict[str, Word | tuple[Word, ...]] = {}
    """Field → the word, or words, that choose a record; empty: every record."""
    each: str | None = None
    """A field that holds a list: each item is an event, and ``list.name`` a field of the item, in ``where`` too."""


class MappingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole mapping file, before its columns are looked at."""

    name: str
    """What to call the log, in small letters, digits, ``-`` and ``_``."""
    format: Literal["json", "csv", "lines"]
    """Objects, rows under a header, or lines of text."""
    event: tuple[EventForm, ...]
    """One ``[[event]]`` for each kind of event in the log."""
    fields: tuple[str, ...] = ()
    """Fields by which the log is known: every record of it has them all. Lines are known by their pattern."""
    pattern: str | None = None
    """Of lines: a regular expression from a line's beginning on, whose named groups ``(?P<name>…)`` are the fields."""
    title: str | None = None
    """What people call the log."""
    enable: str | None = None
    """How to get the log, for those who come after you."""
    time_zone: str | None = None
    """Zone of times that carry none; without it, that of the settings."""


class MappingText:
    """The text of a mapping file, and where in it something stands."""

    def __init__(self, text: str, shown: str) -> None:
        self.text, self.shown = text, shown

    def wrong(self, what: str, place: Place, todo: str = _PAGE) -> Usage:
        """The error to raise for what stands at a place of the file."""
        line = line_of(self.text, place)
        where = f"{self.shown}, line {line}" if line else self.shown
        return Usage(what, where=f"{where}, {path_in_words(place)}" if place else where, todo=todo)

    def form(self) -> MappingForm:
        """What the file says, with types checked; raises `Usage`."""
        try:
            raw = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise Usage(
                f"not valid TOML: {error}", where=self.shown, todo="correct the line named above"
            ) from error
        form: MappingForm = self.converted(raw, MappingForm, ())
        if not _NAME.fullmatch(form.name):
            raise self.wrong(
                f"{form.name!r} cannot be a name",
                ("name",),
                "write small letters, digits, - and _, as in 'shop-codes'",
            )
        self._check_lines(form)
        if not form.fields and form.format != "lines":
            raise self.wrong(
                "no field is named", ("fields",), "name the fields that every record of the log has and others lack"
            )
        if not form.event:
            raise self.wrong("there is no [[event]]", ("event",), "add one for each kind of event in the log")
        return form

    def _check_lines(self, form: MappingForm) -> None:
        if (form.format == "lines") != (form.pattern is not None):
            todo = "write format = \"lines\" and pattern = '^(?P<at>\\S+) …' together"
            raise self.wrong("lines need a pattern, and only they do", ("pattern",), todo)
        try:
            groups = re.compile(form.pattern or "(?P<a>)").groupindex
        except re.error as error:
            raise self.wrong(f"not a regular expression: {error}", ("pattern",), "correct the pattern") from error
        if not groups:
            raise self.wrong("the pattern names no field", ("pattern",), "name the fields: (?P<at>\\S+)")

    def converted(self, raw: object, kind: type[Any], place: Place) -> Any:
        """The value as that type; raises `Usage` with the place inside it."""
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            what, _, tail = str(error).partition(" - at `$")
            inside = re.findall(r"\.([A-Za-z_]\w*)|\[(\d+)\]", tail)
            steps = tuple(name or int(index) for name, index in inside)
            unknown = re.search(r"unknown field `([^`]+)`", what)
            if unknown is None:
                raise self.wrong(_plain(what), (*place, *steps)) from error
            known = [one.name for one in msgspec.structs.fields(_struct_at(kind, steps))]
            raise self.wrong(
                f"no key is called {unknown[1]!r}", (*place, *steps, unknown[1]), did_you_mean(unknown[1], known)
            ) from error


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """What to do about a name that does not exist.

    >>> did_you_mean("destinaton", ["destination", "price"]), did_you_mean("x", ["a", "b"])
    ("did you mean 'destination'?", 'the names are a, b')
    """
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "the names are " + ", ".join(known)


def _struct_at(kind: type[Any], steps: Place) -> type[Any]:
    return EventForm if kind is MappingForm and steps[:1] == ("event",) else kind


def _plain(what: str) -> str:
    """The library's message in the words of TOML.

    >>> _plain("Object missing required field `name`"), _plain("Expected `float`, got `str`")
    ('the key name is missing', 'expected `number`, got `text`')
    """
    missing = re.fullmatch(r"Object missing required field `(\w+)`", what)
    if missing:
        return f"the key {missing[1]} is missing"
    words = {"str": "text", "float": "number", "int": "whole number", "object": "table", "bool": "true or false"}
    plain = re.sub(
        r"`([^`]*)`",
        lambda found: "`" + " or ".join(words.get(one, one) for one in found[1].split(" | ")) + "`",
        what,
    )
    return plain[:1].lower() + plain[1:]


def read_text(path: Path) -> MappingText:
    """The text of a mapping file; raises `Usage` where it cannot be read."""
    try:
        return MappingText(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        what = f"the mapping cannot be read ({(error.strerror or str(error)).lower()})"
        raise Usage(what, where=str(path), todo="check the path and its rights") from error
    except UnicodeDecodeError as error:
        raise Usage("the mapping is not UTF-8", where=str(path), todo="save it as UTF-8") from error


def column_of(text: MappingText, raw: object, place: Place) -> Column:
    """One column of ``[event.columns]``: a name alone is short for its field; raises `Usage`."""
    column: Column = Column(field=raw) if isinstance(raw, str) else text.converted(raw, Column, place)
    given = [column.field is not None, column.value is not None, bool(column.digest)]
    if sum(given) != 1:
        raise text.wrong(
            "a column comes from one of field, value and digest", place, "give exactly one of the three"
        )
    return column


def names(found: Mapping[str, object]) -> str:
    """Names in a row, for a message."""
    return ", ".join(found)
