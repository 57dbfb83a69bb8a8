"""One page of documentation for every source, made from the adapter and its samples; run by ``scripts/docs``."""

import inspect
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from checkvalve.cases.coverage import TOPICS, Topic, served
from checkvalve.sources.base import Source
from checkvalve.sources.captures import tshark
from checkvalve.sources.registry import sources
from checkvalve.sources.values import WRITES_UTC
from scripts.source_facts import Example, Facts, facts_of

ROOT = Path(__file__).parent.parent
FOLDER = Path("docs/sources")
FILLS = Path("src/checkvalve/sources/fills.json")
_INNER = frozenset({"price_is_part", "part", "unverified", "event_at", "event_id", "counts_messages", "outcome"})
"""Columns that the product uses and that say nothing to a reader of a page."""
_MOST_FIELDS = 5
_MOST_EXAMPLES = 3
_LONGEST_VALUE = 80
_LINK = re.compile(r"(?<![\w/.`@-])((?:[a-z0-9-]+\.)+(?:com|io|org|net|dev|co)/[\w./#%?=&+-]*[\w/])")
_VENDORS = {
    "twilio": "Twilio", "vonage": "Vonage", "plivo": "Plivo", "messagebird": "MessageBird", "sinch": "Sinch",
    "infobip": "Infobip", "azure": "Azure", "aws": "Amazon Web Services", "billing": "Bills", "auth0": "Auth0",
    "okta": "Okta", "ocsf": "OCSF", "web": "Web servers and proxies", "cloudflare": "Cloudflare", "zeek": "Zeek",
    "pcap": "Packet captures", "calendar": "Calendars", "complaints": "Complaints", "watchlist": "Watch lists",
    "google": "Google", "supabase": "Supabase",
}  # fmt: skip
_SHAPES = {
    "json": "JSON",
    "csv": "CSV",
    "line": "lines",
    "ics": "iCalendar",
    "packets": "packet capture",
}


@cache
def source_documents() -> dict[Path, str]:
    """The pages, their index, and the table of columns that ships with the package."""
    known = sorted(sources(), key=lambda one: one.name)
    every = {one.name: _facts(one) for one in known}
    pages = {FOLDER / f"{one.name}.md": _page_of(one, every[one.name]) for one in known}
    fills = {name: facts.fills if facts else _shipped().get(name, {}) for name, facts in every.items()}
    return {
        **pages,
        FOLDER / "index.md": index(known, fills),
        FILLS: json.dumps(fills, indent=1) + "\n",
    }


@cache
def _shipped() -> dict[str, dict[str, list[str]]]:
    path = ROOT / FILLS
    return msgspec.json.decode(path.read_bytes()) if path.exists() else {}


def _facts(source: Source) -> Facts | None:
    """What the samples show; None for captures on a machine that cannot dissect them."""
    return None if "packets" in source.framings and not tshark() else facts_of(source)


def _page_of(source: Source, facts: Facts | None) -> str:
    """The page; without the means to make it, the one that is there."""
    return page(source, facts) if facts else (ROOT / FOLDER / f"{source.name}.md").read_text(encoding="utf-8")


def page(source: Source, facts: Facts) -> str:
    """Everything about one source."""
    about = described(source)
    first, _, rest = about.partition("\n\n")
    parts = [
        f"# {source.title}",
        f"`{source.name}` · {shapes(source)} · [all sources](index.md)",
        first,
        "## How to get it",
        linked(_markdown(source.enable)),
    ]
    parts += ["## How it is read", rest, _zone(source)]
    parts += ["## A record, and what becomes of it", *(_example(one) for one in facts.examples[:_MOST_EXAMPLES])]
    if facts.fills:
        parts += ["## Which columns it fills", *_columns(facts), *_never(facts)]
    else:
        parts += ["No rows are made of it: it is recognised so that it is not taken for another log."]
    parts += ["## What it answers", *_answers(facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _zone(source: Source) -> str:
    if source.name in WRITES_UTC:
        return "A time without a zone is UTC, as the vendor or the format fixes it."
    return (
        "A time without a zone stands in the zone of the settings (`time_zone`), unless it is said otherwise above."
    )


def shapes(source: Source) -> str:
    """How the log comes.

    >>> from checkvalve.sources.registry import source
    >>> shapes(source("twilio.messages"))
    'CSV, JSON'
    """
    return ", ".join(sorted(_SHAPES[one] for one in source.framings))


def described(source: Source) -> str:
    """What the adapter's module says of the log, as Markdown."""
    module = inspect.getmodule(type(source))
    assert module is not None
    return linked(_markdown(inspect.getdoc(module) or ""))


def _markdown(text: str) -> str:
    """Double backticks as Markdown's; a command in quotes as code."""
    return re.sub(r"(?<!\w)'((?:aws|twilio|zeek|https?:)[^']*)'", r"`\1`", text.replace("``", "`"))


def linked(text: str) -> str:
    """Pages of vendors as links.

    >>> linked("Fields: docs.example.com/sms/log.html.")
    'Fields: [docs.example.com/sms/log.html](https://docs.example.com/sms/log.html).'
    """
    return _LINK.sub(r"[\1](https://\1)", text)


def _example(example: Example) -> str:
    if isinstance(example.record, str):
        shown, language = "\n".join(example.record.splitlines()), "text"
    else:
        shown, language = json.dumps(example.record, indent=2, ensure_ascii=False, default=str), "json"
    rows = [
        f"{name} | {_value(value)}"
        for event in example.events[:1]
        for name, value in msgspec.structs.asdict(event).items()
        if value not in (None, ()) and name not in _INNER
    ]
    kind = type(example.events[0]).__name__.lower()
    kind = "entry of a watch list" if kind == "watchentry" else kind
    article = "an" if kind[0] in "ae" else "a"
    table = "| column | value |\n|---|---|\n" + "\n".join(f"| {row} |" for row in rows)
    more = f", the first of {len(example.events)}" if len(example.events) > 1 else ""
    return (
        f"From `{example.file}`:\n\n```{language}\n{shown}\n```\n\nThis becomes {article} {kind}{more}:\n\n{table}"
    )


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    text = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
    return "`" + text.replace("|", "\\|").replace("\n", " ").replace("`", "'") + "`"


def _columns(facts: Facts) -> Iterable[str]:
    for table, columns in facts.fills.items():
        traced = any(facts.fields[table].values())
        head = "| column | from |\n|---|---|" if traced else "| column |\n|---|"
        rows = []
        for name in columns:
            if name in _INNER:
                continue
            fields = facts.fields[table].get(name, [])
            rows.append(f"| `{name}` |" + (f" {_fields(fields)} |" if traced else ""))
        yield f"**{table}**\n\n{head}\n" + "\n".join(rows)


def _fields(fields: list[str]) -> str:
    shown = ", ".join(f"`{one}`" for one in fields[:_MOST_FIELDS]).replace("|", "\\|")
    if not fields:
        return "what the record is"
    return f"{shown} and {len(fields) - _MOST_FIELDS} more" if len(fields) > _MOST_FIELDS else shown


def _never(facts: Facts) -> Iterable[str]:
    silent = {
        table: [name for name in names if name not in _INNER and not _follows(name, facts.fills[table])]
        for table, names in facts.never.items()
    }
    said = [f"{table}: " + ", ".join(f"`{name}`" for name in names) for table, names in silent.items() if names]
    if said:
        yield "## What it never says"
        yield "These columns stay unknown, unless another log knows them:"
        yield "\n".join(f"- {one}" for one in said)


def _follows(name: str, filled: list[str]) -> bool:
    """Is the column known all the same? The number plan says the country and the network of a number."""
    return name in ("country", "network_name") and "destination" in filled


def _answers(facts: Facts) -> Iterable[str]:
    found = served({table: tuple(columns) for table, columns in facts.fills.items()})
    if found["alone"]:
        yield "With this log alone:\n\n" + _topics(found["alone"])
    if found["with others"]:
        yield "Together with other logs:\n\n" + _topics(found["with others"])
    if not found["alone"] and not found["with others"]:
        yield "It answers none of the questions by itself."


def _topics(topics: list[Topic]) -> str:
    return "\n".join(f"- {_name(topic)}: {topic.title}" for topic in topics)


def _name(topic: Topic) -> str:
    return f"**{topic.id}**" if topic.kind != "indicator" else f"the indicator `{topic.id}`"


def index(known: list[Source], fills: dict[str, dict[str, list[str]]]) -> str:
    """The table of all sources."""
    questions = {topic.id for topic in TOPICS if topic.kind != "indicator"}
    intro = (
        "What a file is, is seen from its content, never from its name; gzip, zstd and bzip2 are unpacked, Parquet is "
        "read row by row, and the envelopes of log shippers, containers, queues and clouds are opened. `checkvalve "
        "sources check FILE` says what a file is, what it holds, and what it lets be answered. A log that is not here, "
        "in JSON, CSV or lines, is read through [a mapping](mapping.md), which `checkvalve sources learn FILE` "
        "proposes."
    )
    parts = [
        "# Which logs can be read",
        intro,
        "\n".join(f"- **{one.id}** {one.title}" for one in TOPICS if one.kind != "indicator"),
    ]
    vendors: dict[str, list[Source]] = {}
    for one in known:
        vendors.setdefault(one.name.split(".")[0], []).append(one)
    for vendor, ones in sorted(vendors.items(), key=lambda pair: _VENDORS.get(pair[0], pair[0])):
        rows = [
            f"## {_VENDORS.get(vendor, vendor)}\n\n| source | log | comes as | fills | serves |\n|---|---|---|---|---|"
        ]
        for one in ones:
            columns = {table: tuple(names) for table, names in fills[one.name].items()}
            found = served(columns)
            serves = [topic.id for topic in found["alone"] if topic.id in questions]
            serves += [f"{topic.id}*" for topic in found["with others"] if topic.id in questions]
            cells = [f"[`{one.name}`]({one.name}.md)", one.title, shapes(one)]
            cells += [", ".join(columns) or "nothing", ", ".join(sorted(serves)) or "-"]
            rows.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(rows))
    parts.append(
        "\\* together with other logs. These pages are made by `scripts/docs`, from the adapters and their samples."
    )
    return "\n\n".join(parts) + "\n"


def stale() -> list[Path]:
    """Pages of sources that are no more."""
    wanted = {path.name for path in source_documents() if path.parent == FOLDER} | {"mapping.md"}
    return [path for path in (ROOT / FOLDER).glob("*.md") if path.name not in wanted]
