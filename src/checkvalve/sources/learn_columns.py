"""How a proposed column is written: the field, and what has to be said of its times, numbers, words and units."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from checkvalve.errors import Unusable
from checkvalve.sources import values
from checkvalve.sources.learn_fields import Field, is_bare, is_international, is_national, is_time
from checkvalve.sources.learn_words import CHANNELS, STATUSES, UNSURE_WORDS, meaning_of, plain_name
from checkvalve.sources.mapping_form import Kind
from checkvalve.sources.mapping_values import word
from checkvalve.sources.table_values import moment

_MOST_WORDS = 30
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", re.DOTALL)
_ZONED = re.compile(r"(?:Z|[+-]\d\d:?\d\d|[A-Z]{3,4})\]?$")
_COMMA = re.compile(r"\d,\d{1,2}(?!\d)|\d,\d{4}|(?<!\d)0,\d")
_SIGN = re.compile(r"[€£]|\b[A-Z]{3}\b")
_SIGNS = {"€": "EUR", "£": "GBP"}
_MILLI = re.compile(r"\bms\b|milli")
_TIMES = frozenset(
    {"sent_at", "occurred_at", "delivered_at", "verified_at", "event_at", "period_start", "period_end"}
)


@dataclass(slots=True)
class Answer:
    """One ``[[event]]`` of a proposal: columns as TOML, and the fields that they come from."""

    kind: Kind
    where: dict[str, list[str]]
    columns: dict[str, str]
    paths: list[str] = field(default_factory=list)
    each: str | None = None


def event_column(name: str, one: Field, kind: Kind, unsure: list[str]) -> str:
    """The column as TOML; what is not certain is added to ``unsure``."""
    said: dict[str, object] = {}
    if name == "destination":
        said = _number(one, unsure)
    elif name in _TIMES:
        said = _time(name, one, unsure)
    elif name in ("price", "amount"):
        said = _money(one, unsure)
    elif name == "duration_s" and _MILLI.search(plain_name(one.path)):
        said = {"divide_by": 1000}
    elif name == "status" and kind == "send":
        said = {"words": _words(one, STATUSES, unsure)}
    elif name == "channel":
        said = {"words": _words(one, CHANNELS, unsure)}
    return column_text(one.path, said)


def column_text(path: str, said: dict[str, object]) -> str:
    """A column in TOML: the field's name alone where nothing else has to be said.

    >>> column_text("to", {}), column_text("to", {"number": "bare"})
    ('"to"', '{ field = "to", number = "bare" }')
    """
    if not said:
        return toml(path)
    return "{ field = " + toml(path) + "".join(f", {key} = {toml(value)}" for key, value in said.items()) + " }"


def toml(value: object) -> str:
    """A value as TOML writes it on one line.

    >>> toml({"ok": "sent"}), toml(["a", 'b"']), toml(100)
    ('{ "ok" = "sent" }', '["a", "b\\\\""]', '100')
    """
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def time_column(free: Sequence[Field]) -> Field | None:
    """The field that most often says a time, whatever it is called."""
    often = [one for one in free if one.said > 0.5 * one.records and one.share(is_time) > 0.9]
    return max(often, key=lambda one: one.said, default=None)


def currency_in(one: Field) -> str | None:
    """The currency that stands beside every amount, if it does.

    >>> currency_in(Field("price", examples=["0,05 EUR", "0,07 €"]))
    'EUR'
    """
    found = {_SIGNS.get(sign[0], sign[0]) if (sign := _SIGN.search(str(value))) else None for value in one.examples}
    return found.pop() if len(found) == 1 else None


def _number(one: Field, unsure: list[str]) -> dict[str, object]:
    if one.share(is_international) > 0.5:
        return {}
    if one.share(is_bare) > 0.5:
        return {"number": "bare"}
    if one.share(is_national) > 0.5:
        unsure.append(
            f"the numbers in {one.path} are written as dialled at home, of which country is not said; they stay "
            f'unknown until you write destination = {{ field = {toml(one.path)}, number = "national", country = "…" }}'
        )
    return {}


def _time(name: str, one: Field, unsure: list[str]) -> dict[str, object]:
    texts = [text for value in one.examples if isinstance(value, str) and (text := values.text(value))]
    if not texts:
        return {}
    if not any(_ZONED.search(text) or text.replace(".", "").isdigit() for text in texts):
        unsure.append(
            f"the times in {one.path} name no zone: they are read as UTC, unless time_zone says otherwise"
        )
    slashed = [found for text in texts if (found := _SLASHED.fullmatch(text))]
    if not slashed or not any(_is_ambiguous(text) for text in texts):
        return {}
    day_first = any(int(found[1]) > 12 for found in slashed)
    if day_first == any(int(found[2]) > 12 for found in slashed):
        unsure.append(
            f"the dates in {one.path} do not say whether the day or the month comes first: they go to quarantine until "
            f'{name} says time = "%d/%m/%Y…" or "%m/%d/%Y…"'
        )
        return {}
    clock = {0: "", 1: " %H:%M", 2: " %H:%M:%S"}[min(slashed[0][4].count(":"), 2)]
    return {"time": ("%d/%m/%Y" if day_first else "%m/%d/%Y") + clock}


def _is_ambiguous(text: str) -> bool:
    try:
        moment(text, "time")
    except Unusable as error:
        return error.reason == "ambiguous_date"
    return False


def _money(one: Field, unsure: list[str]) -> dict[str, object]:
    named = plain_name(one.path)
    said: dict[str, object] = {}
    texts = [value for value in one.examples if isinstance(value, str)]
    if any(_COMMA.search(text) for text in texts):
        said["decimal"] = ","
    if "milli" in named or "mills" in named:
        said["divide_by"] = 100_000 if "millicent" in named else 1000
    elif "cent" in named:
        said["divide_by"] = 100
    elif all((word(value) or ".").lstrip("-").isdigit() and (word(value) or "0") != "0" for value in one.examples):
        unsure.append(f"all amounts in {one.path} are whole: write divide_by = 100 if they are cents")
    return said


def _words(one: Field, table: dict[str, tuple[str, ...]], unsure: list[str]) -> dict[str, str]:
    found, unknown = {}, []
    for text in one.words()[:_MOST_WORDS]:
        meaning = meaning_of(text, table)
        if meaning is None:
            unknown.append(text)
            continue
        found[text] = meaning
        if plain_name(text) in UNSURE_WORDS:
            unsure.append(f"{values.shown(text)} in {one.path} is taken for {meaning!r}")
    if unknown:
        shown = ", ".join(map(values.shown, unknown[:6]))
        unsure.append(f"what these words in {one.path} mean is not known, and they say nothing yet: {shown}")
    return found
