"""Which logs can be read, and each of them in detail."""

import json

import pytest

from checkvalve.cli.main import run
from checkvalve.sources.registry import sources

Output = pytest.CaptureFixture[str]


def test_every_source_is_listed(capsys: Output) -> None:
    """The list names each source with what to switch on, in the order of the names."""
    assert run(["sources"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert named == sorted(source.name for source in sources())
    assert sum(line.startswith("    ") for line in lines) >= len(named)


def test_the_list_is_json_too(capsys: Output) -> None:
    """With --json the list is one JSON array with the same sources."""
    assert run(["sources", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {each["name"] for each in listed} == {source.name for source in sources()}
    assert all(each["title"] and each["enable"] and each["framings"] for each in listed)


@pytest.mark.parametrize("source", sources(), ids=lambda one: one.name)
def test_each_is_shown(source: object, capsys: Output) -> None:
    """Every source tells how to get it, how it is read, what it fills and what that answers."""
    name = getattr(source, "name", "")
    assert run(["sources", "show", name, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["name"] == name
    assert shown["about"]
    assert shown["enable"]
    assert run(["sources", "show", name]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{name}: ")
    for table, columns in shown["fills"].items():
        assert f"in the table {table}:" in text
        assert columns


def test_the_beginning_of_a_name_is_enough(capsys: Output) -> None:
    """A source is found by the beginning of its name where only one begins so."""
    assert run(["sources", "show", "twilio.mess"]) == 0
    assert capsys.readouterr().out.startswith("twilio.messages: ")


def test_an_unknown_name_is_helped(capsys: Output) -> None:
    """A name that none, or several, begin with is answered with those that were meant."""
    assert run(["sources", "show", "twillio.messages"]) == 2
    assert "twilio.messages" in capsys.readouterr().err
    assert run(["sources", "show", "zeek"]) == 2
    assert "zeek.conn" in capsys.readouterr().err
