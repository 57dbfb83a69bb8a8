"""What is proposed for an unknown log is right where it is said, and what is unsure is said."""

import csv
import io
import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from checkvalve.errors import Usage
from checkvalve.settings import Logs
from checkvalve.sources.base import Record
from checkvalve.sources.framing import layouts, pieces
from checkvalve.sources.learn import Proposal, propose, tried
from checkvalve.sources.recognition import ENOUGH, recognise_head
from checkvalve.sources.registry import sources
from proving.mapped_logs import LOGS

Row = dict[str, Any]


def sends(count: int = 40, **more: Any) -> list[Record]:
    """Messages of a log in its simplest form; of each further field, a value or a list of them in turn."""
    rows: list[Record] = []
    for number in range(count):
        row: Row = {"id": f"m{number}", "to": f"+99893941{number:04d}", "at": f"2026-05-26T10:{number:02d}:00Z"}
        row |= {
            name: value[number % len(value)] if isinstance(value, list) else value for name, value in more.items()
        }
        rows.append(row)
    return rows


def columns(proposal: Proposal, event: int = 0) -> Mapping[str, Any]:
    """The proposed columns of one kind of event."""
    return proposal.source.form.event[event].columns


def unsure(proposal: Proposal, words: str) -> bool:
    """Is something like this said to be unsure?"""
    return any(words in one for one in proposal.unsure)


def test_the_simplest_log() -> None:
    """Names and values that leave no doubt are taken without a remark."""
    found = propose(sends(price=["0.05", "0.07"]), "a", "json")
    assert columns(found) == {"destination": "to", "send_id": "id", "sent_at": "at", "price": "price"}
    assert found.unsure == []
    assert unsure(propose(sends(), "a", "json"), "every record with a number is taken for a message")


def test_digits_of_accounts_are_no_numbers() -> None:
    """Digits that could be called are a number only where the field is named so; with a plus sign they tell it."""
    rows: list[Record] = [{"day": "2026-05-26", "amount": "1.50", "owner": f"99893941{n:04d}"} for n in range(9)]
    assert [one.kind for one in propose(rows, "a", "csv").source.form.event] == ["charge"]
    called: list[Record] = [{**row, "owner": f"+{row['owner']}"} for row in rows if isinstance(row, dict)]
    assert [one.kind for one in propose(called, "a", "csv").source.form.event] == ["send"]


@pytest.mark.parametrize(
    ("more", "column", "proposed"),
    [
        ({"price": ["0.05", "0.07"]}, "price", "price"),
        ({"price": ["0,05", "0,07"]}, "price", {"field": "price", "decimal": ","}),
        ({"costCents": [5, 7]}, "price", {"field": "costCents", "divide_by": 100}),
        ({"cur": "EUR"}, "currency", "cur"),
        ({"country": ["UZ", "KZ"]}, "country", "country"),
        ({"mccmnc": "43404"}, "network", "mccmnc"),
        ({"parts": [1, 2]}, "segments", "parts"),
        ({"ip": ["203.0.113.7", "2001:db8::1"]}, "ip", "ip"),
        ({"ua": "Mozilla/5.0 (X11)"}, "user_agent", "ua"),
        ({"deliveredAt": "2026-05-26T11:00:00Z"}, "delivered_at", "deliveredAt"),
        ({"user": {"id": "u1"}}, "account_id", "user.id"),
        (
            {"state": ["DELIVRD", "rejected"]},
            "status",
            {"field": "state", "words": {"DELIVRD": "delivered", "rejected": "failed"}},
        ),
        ({"channel": ["sms", "call"]}, "channel", {"field": "channel", "words": {"sms": "sms", "call": "voice"}}),
    ],
)
def test_further_fields(more: Row, column: str, proposed: object) -> None:
    """A field with a telling name and values that fit becomes its column, with units and words."""
    assert columns(propose(sends(**more), "a", "json"))[column] == proposed


@pytest.mark.parametrize(
    ("more", "absent"),
    [
        ({"price": ["cheap", "dear"]}, "price"),
        ({"ip": "localhost"}, "ip"),
        ({"country": ["Uzbekistan", "Kazakhstan"]}, "country"),
        ({"deliveredAt": "soon"}, "delivered_at"),
        ({"network": "Ucell"}, "network"),
    ],
)
def test_a_name_alone_is_not_enough(more: Row, absent: str) -> None:
    """A field whose values do not fit is not taken for what it is called."""
    assert absent not in columns(propose(sends(**more), "a", "json"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": ["success", "failed"]}, "'success' in state is taken for 'sent'"),
        ({"state": ["sent", "sent", "mauve"]}, "what these words in state mean is not known"),
        ({"price": [5, 7]}, "write divide_by = 100 if they are cents"),
        ({"recipient": "+12025550100"}, "destination could be recipient too"),
    ],
)
def test_doubts_are_said(more: Row, said: str) -> None:
    """What can mean two things is proposed with a remark, in the proposal and in the file."""
    found = propose(sends(**more), "a", "json")
    assert unsure(found, said)
    assert "# Proposed by 'checkvalve sources learn'. Look at these" in found.text


def test_events_are_told_apart() -> None:
    """Where a field names what happened, each kind of event gets its own columns, and the rest is left out aloud."""
    rows: list[Record] = []
    for number in range(40):
        who = {"phone": f"99893941{number:04d}", "ts": 1_779_789_600 + number}
        rows += [{"event": "otp_sent", "ref": f"r{number}", **who}, {"event": "otp_verified", **who}]
        rows += [{"event": "otp_check_failed", **who}, {"event": "page_view", **who}]
    found = propose(rows, "a", "json")
    kinds = [(one.kind, one.where) for one in found.source.form.event]
    assert kinds == [
        ("send", {"event": ("otp_sent",)}),
        ("verification", {"event": ("otp_verified",)}),
        ("verification", {"event": ("otp_check_failed",)}),
    ]
    assert columns(found, 2)["kind"] == {"value": "failed"}
    assert unsure(found, "records whose event is 'page_view' go to quarantine")
    done = tried(found.source, rows, Logs())
    assert (len(done.events), done.refused) == (120, {"not_mapped": 40})


def test_dates_that_could_be_exchanged() -> None:
    """Where some dates decide, the pattern is proposed; where none does, nothing is guessed."""
    decided = sends(at=[f"{day:02d}/05/2026 10:00" for day in range(1, 29)])
    assert columns(propose(decided, "a", "csv"))["sent_at"] == {"field": "at", "time": "%d/%m/%Y %H:%M"}
    open_ = sends(at=[f"{day:02d}/05/2026 10:00" for day in range(1, 12) if day != 5])
    found = propose(open_, "a", "csv")
    assert columns(found)["sent_at"] == "at"
    assert unsure(found, "do not say whether the day or the month comes first")


def test_numbers_as_dialled_at_home() -> None:
    """National numbers are kept unknown until somebody says of which country they are."""
    found = propose(sends(to=[f"07700 900{number:03d}" for number in range(40)]), "a", "csv")
    assert unsure(found, "of which country is not said")
    done = tried(found.source, sends(to="07700 900123"), Logs())
    assert {getattr(event, "destination", 1) for _, event in done.events} == {None}


def test_messages_without_an_identity() -> None:
    """Where nothing numbers the messages, an identity is made of their fields, and that is said."""
    rows: list[Record] = [{**row, "id": "same"} for row in sends() if isinstance(row, dict)]
    found = propose(rows, "a", "json")
    assert columns(found)["send_id"] == {"digest": ["to", "at"]}
    assert unsure(found, "no field numbers the messages")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"ts": "26/May/2026:10:00:00 +0000", "request": "POST /otp HTTP/1.1", "addr": "203.0.113.7"}, "request"),
        ({"time": 1_779_789_600_000, "path": "/otp", "method": "POST", "status": 200}, "request"),
        ({"opened": "2026-05-26", "comment": "I never got the code that I asked for"}, "complaint"),
        ({"date": "2026-05-26", "amount": "26.40", "currency": "USD", "country": "UZ"}, "charge"),
    ],
)
def test_other_kinds(row: Row, kind: str) -> None:
    """Requests, complaints and charges are told by what they hold."""
    found = propose([dict(row) for _ in range(20)], "a", "json")
    assert [one.kind for one in found.source.form.event] == [kind]
    assert len(tried(found.source, [row], Logs()).events) == 1


@pytest.mark.parametrize("rows", [[], [{"colour": "red"}], [{"at": "2026-05-26T10:00:00Z", "colour": "red"}]])
def test_nothing_is_invented(rows: list[Record]) -> None:
    """Of a log that tells of no message, request, complaint or charge, no mapping is proposed."""
    with pytest.raises(Usage):
        propose(rows, "a", "json")


@pytest.mark.parametrize("name", [name for name in LOGS if name not in ("app", "batches")])
def test_a_proposal_is_a_mapping(name: str) -> None:
    """Whatever is proposed passes the checks of a mapping, and is surer of its log than any other source."""
    content = LOGS[name][1]
    layout = next(one for one in layouts(content) if one.framing != "line")
    records = [one.record for one in pieces(layout, [content]) if isinstance(one.record, dict)]
    found = propose(records, "own", layout.framing)
    assert recognise_head(content, [found.source]).confidence >= ENOUGH
    assert recognise_head(content, [found.source, *sources()]).source is found.source
    assert tried(found.source, records, Logs()).events


@pytest.mark.parametrize("seed", range(30))
def test_odd_rows(seed: int) -> None:
    """Whatever stands in a log, a mapping that can be used is proposed, or it is said why not."""
    chance = random.Random(seed)
    odd = [
        "",
        None,
        7,
        -1.5,
        True,
        "+998939412345",
        "2026-05-26",
        '"',
        "a\nb",
        "é\u202e",
        {"x": 1},
        [1, 2],
        "0" * 40,
    ]
    names = ["to", "at", "price", "status", "event", 'a"b', "a.b", "ключ", "ip", "id", " ", "x\ty"]
    rows: list[Record] = [{name: chance.choice(odd) for name in chance.sample(names, 6)} for _ in range(30)]
    try:
        found = propose(rows, "odd", "json")
    except Usage as error:
        said = str(error)
    else:
        said = found.text
        done = tried(found.source, rows, Logs())
        assert len({number for number, _ in done.events}) + sum(done.refused.values()) == len(rows)
    assert said


def test_a_table_of_text() -> None:
    """Cells of a table are texts, and numbers and times in them are seen all the same."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["id", "to", "at", "price"])
    writer.writeheader()
    writer.writerows({**json.loads(json.dumps(row)), "price": "0.05"} for row in sends())
    rows: list[Record] = [dict(row) for row in csv.DictReader(io.StringIO(buffer.getvalue()))]
    assert set(columns(propose(rows, "a", "csv"))) == {"destination", "send_id", "sent_at", "price"}
