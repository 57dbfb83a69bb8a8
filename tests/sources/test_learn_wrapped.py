"""A mapping is proposed for records that are wrapped in a list, and for lines of text that name their values."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from checkvalve.errors import Usage
from checkvalve.events import Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources.base import Record
from checkvalve.sources.learn import Proposal, propose, tried
from checkvalve.sources.learn_lines import pattern_of
from checkvalve.sources.recognition import ENOUGH, recognise_head


def message(number: int) -> dict[str, Any]:
    """A message of a log."""
    at = f"2026-05-26T10:{number % 60:02d}:00Z"
    return {"id": f"m{number}", "to": f"+99893941{number:04d}", "at": at, "state": ("sent", "failed")[number % 2]}


def columns(proposal: Proposal) -> Mapping[str, Any]:
    """The columns of the first event."""
    return proposal.source.form.event[0].columns


def test_document_with_a_list() -> None:
    """Of one document whose list holds the messages, each item is a message, and the file is known by the list."""
    document: Record = {"exported": "2026-05-27T00:00:00Z", "data": {"items": [message(n) for n in range(40)]}}
    found = propose([document], "export", "json")
    (event,) = found.source.form.event
    assert (event.each, event.kind) == ("data.items", "send")
    assert columns(found)["destination"] == "data.items.to"
    assert found.source.form.fields[0] == "data.items"
    trial = tried(found.source, [document], Logs())
    assert [event.send_id for _, event in trial.events if isinstance(event, Send)] == [f"m{n}" for n in range(40)]
    assert recognise_head(json.dumps(document).encode(), [found.source]).confidence >= ENOUGH


def test_batches() -> None:
    """Of batches with a time and several recipients, the time is the batch's and each recipient a message."""
    people = [[{"msisdn": message(n * 3 + k)["to"]} for k in range(3)] for n in range(20)]
    batches: list[Record] = [
        {"batch": f"b{n}", "at": message(n)["at"], "job": {"people": some}} for n, some in enumerate(people)
    ]
    found = propose(batches, "batches", "json")
    assert (found.source.form.event[0].each, columns(found)["sent_at"]) == ("job.people", "at")
    assert "job.people.msisdn" in columns(found)["send_id"]["digest"]
    assert len(tried(found.source, batches, Logs()).events) == 60


def test_items_of_several_kinds() -> None:
    """Items that name what happened are told apart one by one: those of other kinds are left out, and not refused."""
    entered = {"what": "code_verified", "to": "+998939410001", "at": "2026-05-26T10:01:00Z"}
    seen = {"what": "page_seen", "at": entered["at"]}
    days: list[Record] = [
        {"day": n, "list": [{"what": "code_sent", **message(n)}, entered, seen]} for n in range(20)
    ]
    found = propose(days, "days", "json")
    chosen = [event.where for event in found.source.form.event]
    assert chosen == [{"list.what": ("code_sent",)}, {"list.what": ("code_verified",)}]
    kinds = [type(event) for _, event in tried(found.source, days, Logs()).events]
    assert (kinds.count(Send), kinds.count(Verification), len(kinds)) == (20, 20, 40)


def test_lists_that_hold_no_things() -> None:
    """A list of details inside a message is no list of messages."""
    hops = [{"name": "a", "took": 3}, {"name": "b", "took": 4}]
    rows: list[Record] = [{**message(n), "hops": hops} for n in range(20)]
    assert propose(rows, "a", "json").source.form.event[0].each is None


def lines(count: int = 40) -> list[Record]:
    """Lines of an application in no fixed order of names, among others that name nothing."""
    chance, written = random.Random(1), []
    for number in range(count):
        one = message(number)
        pairs = [f"id={one['id']}", f"to={one['to']}", f"state={one['state']}", 'agent="curl 8"']
        chance.shuffle(pairs)
        written.append(f"[{one['at']}] INFO otp - sent {' '.join(pairs)}{' retry=1' if number % 2 else ''}")
        if number % 10 == 0:
            written.append("    at com.example.Otp.send(Otp.java:20)")
    return list(written)


def test_lines() -> None:
    """Lines that name their values give a pattern; lines that name none do not fit it, and go to quarantine."""
    found = propose(lines(), "app", "lines")
    assert found.source.form.format == "lines"
    assert columns(found)["destination"] == "to"
    assert columns(found)["sent_at"] == "at"
    trial = tried(found.source, lines(), Logs())
    sends = [event for _, event in trial.events if isinstance(event, Send)]
    assert [send.send_id for send in sends] == [f"m{n}" for n in range(40)]
    assert trial.refused == {"not_mapped": 4}
    content = "\n".join(map(str, lines())).encode()
    assert recognise_head(content, [found.source]).confidence >= ENOUGH


@pytest.mark.parametrize("written", [["just words"] * 9, ["a=1"] * 9, ["x=1 y=2"] * 3 + ["x"] * 9])
def test_lines_without_names(written: list[str]) -> None:
    """Lines that do not name two values or more give no pattern, and the reason says so."""
    assert pattern_of(written) is None
    with pytest.raises(Usage, match="name no values"):
        propose(list(written), "a", "lines")
