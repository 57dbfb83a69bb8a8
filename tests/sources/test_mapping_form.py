"""A mistake in a mapping file is told with its line, its key and what to do."""

from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.sources.mapping import load_mapping, mapping_of
from proving.mapped_logs import LOGS, SHOP

BASE = SHOP.lstrip()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "shop"', 'name = "Our Shop"', "line 1, name: 'Our Shop' cannot be a name"),
        ('format = "json"', 'format = "xml"', "line 3, format: invalid enum value 'xml'"),
        ('format = "json"\n', "", "shop.toml: the key format is missing"),
        ('fields = ["what", "user.msisdn", "ts"]', "fields = []", "line 4, fields: no field is named"),
        ('kind = "send"', 'kind = "sent"', "line 7, event[1].kind: invalid enum value 'sent'"),
        ('title = "', 'titel = "', "line 2, titel: no key is called 'titel'. What to do: did you mean 'title'?"),
        (
            "destination = {",
            "destinaton = {",
            "line 14, event[1].columns.destinaton: a send has no column 'destinaton'. What to do: did you mean",
        ),
        ("divide_by = 100", "divide_by = 0", "line 15, event[1].columns.price.divide_by: expected `number` > 0"),
        ("divide_by = 100", 'divide_by = "100"', "columns.price.divide_by: expected `number`, got `text`"),
        ("divide_by = 100", "devide_by = 100", "price.devide_by: no key is called 'devide_by'"),
        ('ok = "sent"', 'ok = "send"', "line 17, event[1].columns.status: status cannot be 'send'"),
        ('send_id = "id"\n', "", "line 10, event[1].columns: a send cannot be without send_id"),
        ('sent_at = "ts"\n', "", "line 10, event[1].columns: a send cannot be without sent_at"),
        ('sent_at = "ts"', 'sent_at = { field = "ts", zone = "Mars/Base" }', "there is no time zone 'Mars/Base'"),
        ('sent_at = "ts"', 'sent_at = { field = "ts", time = "iso" }', "'iso' is no form of times"),
        ('sent_at = "ts"', 'sent_at = { field = "ts", time = "%H:%M" }', "leaves day, month or year open"),
        ('sent_at = "ts"', 'sent_at = { field = "ts", value = 1 }', "one of field, value and digest"),
        (
            'provider = { value = "acme" }',
            "provider = {}",
            "line 12, event[1].columns.provider: a column comes from",
        ),
        ('number = "bare"', 'number = "national"', "national numbers need their country"),
        ('number = "bare"', 'number = "national", country = "ZZ"', "'ZZ' is no country"),
        ('what = "code_entered"', "what = []", "line 23, event[2].where.what: no word is named"),
        ('network = "plmn"', "network = ", "not valid TOML"),
        ('network = "plmn"', 'network = { field = "plmn", time = "epoch_s" }', "network is no time"),
    ],
)
def test_the_place_is_told(old: str, new: str, told: str) -> None:
    """Each mistake is found before any log is read, and its message leads to the line and the key."""
    assert old in BASE
    with pytest.raises(Usage) as raised:
        mapping_of(BASE.replace(old, new, 1), "shop.toml")
    assert told in str(raised.value)
    assert "What to do: " in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("(?P<at>", "(?P<at", "line 3, pattern: not a regular expression"),
        ("pattern = '(?P<at>", "# '", "lines need a pattern, and only they do"),
        ('format = "lines"', 'format = "csv"', "lines need a pattern, and only they do"),
        (
            'sent_at = "at"',
            'sent_at = "att"',
            "line 11, event[1].columns.sent_at: the pattern finds no field 'att'",
        ),
        ('{ what = "sent" }', '{ wat = "sent" }', "event[1].where.wat: the pattern finds no field 'wat'"),
    ],
)
def test_the_place_in_lines(old: str, new: str, told: str) -> None:
    """A pattern that is none, and a field that it does not find, are told with their place."""
    text = LOGS["app"][0].lstrip()
    assert old in text
    with pytest.raises(Usage) as raised:
        mapping_of(text.replace(old, new, 1), "app.toml")
    assert told in str(raised.value)


@pytest.mark.parametrize("name", LOGS)
def test_good_mappings_have_no_mistake(name: str) -> None:
    """What the other tests read passes the same checks."""
    assert mapping_of(LOGS[name][0], "a.toml").form.name == name


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A mapping that cannot be read is named."""
    with pytest.raises(Usage, match=r"none\.toml: the mapping cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_without_events() -> None:
    """A mapping that makes nothing of a log is none."""
    with pytest.raises(Usage, match=r"no \[\[event\]\]"):
        mapping_of('name = "a"\nformat = "json"\nfields = ["a"]\nevent = []\n', "a.toml")
