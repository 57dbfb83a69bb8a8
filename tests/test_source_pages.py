"""Every source has its page, made from its adapter; the page of mappings shows what works."""

import json
import re
from pathlib import Path

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.fills import fills
from checkvalve.sources.mapping import mapping_of
from checkvalve.sources.registry import source, sources
from scripts.source_facts import facts_of
from scripts.source_pages import FOLDER, stale

ROOT = Path(__file__).parent.parent
MAPPING = (ROOT / FOLDER / "mapping.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of the page of mappings in one language."""
    return re.findall(rf"```{language}\n(.*?)```", MAPPING, re.DOTALL)


@pytest.mark.parametrize("name", sorted(one.name for one in sources()))
def test_each_source_has_a_page(name: str) -> None:
    """The page says how to get the log, what becomes of a record, and what it answers; the index leads to it."""
    page = (ROOT / FOLDER / f"{name}.md").read_text(encoding="utf-8")
    for heading in ("## How to get it", "## A record, and what becomes of it", "## What it answers"):
        assert heading in page
    assert f"({name}.md)" in (ROOT / FOLDER / "index.md").read_text(encoding="utf-8")


def test_no_page_of_a_source_that_is_gone() -> None:
    """A page without a source is removed by 'scripts/docs'."""
    assert stale() == []


def test_every_source_is_measured() -> None:
    """The shipped table of columns has every source."""
    assert fills().keys() == {one.name for one in sources()}


def test_fields_lead_to_columns() -> None:
    """Which field fills a column is found by changing it: the price of a message is that of 'price'."""
    fields = facts_of(source("plivo.messages")).fields["sends"]
    assert (fields["price"], fields["destination"]) == (["total_amount"], ["to_number"])


def test_the_example_of_a_mapping_works() -> None:
    """The mapping on the page reads the records on the page, and makes the events on the page."""
    mapping, *_ = blocks("toml")
    records, events = blocks("json")
    read = mapping_of(mapping, "the page").reader(Logs())
    made = [event for line in records.splitlines() for event in read(json.loads(line))]
    wanted = [json.loads(line) for line in events.splitlines()]
    assert len(made) == len(wanted)
    for event, fields in zip(made, wanted, strict=True):
        assert type(event).__name__.lower() == fields.pop("event")
        said = {name: str(getattr(event, name)).replace("+00:00", "Z").replace(" ", "T") for name in fields}
        assert said == {name: str(value) for name, value in fields.items()}
