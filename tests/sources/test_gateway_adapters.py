"""What holds for every adapter of Twilio's and Amazon's own logs."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Charge, Event, Request, Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Record, Sample, Source
from tests.sources.gateway_records import (
    ONE_OF_EACH,
    OTHERS,
    SAMPLES,
    SOURCES,
    arbitrary,
    disturbed,
    records_of,
    sample_of,
)
from tests.sources.weblog_fixtures import ROOT, recorded

FOLDERS = ("twilio", "aws_sns", "cloudtrail", "cognito", "billing", "cloudwatch_envelopes")
E164 = re.compile(r"\+[0-9]+")

each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def read_all(source: Source, records: list[Record]) -> tuple[list[Event], list[str]]:
    """The events of the records and the reasons of those that went to quarantine."""
    read, events, reasons = source.reader(Logs()), list[Event](), list[str]()
    for record in records:
        try:
            events.extend(read(record))
        except Unusable as error:
            reasons.append(error.reason)
    return events, reasons


def recorded_files() -> Iterator[Path]:
    """The recorded logs of these vendors."""
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).glob("*")) if path.suffix in {".json", ".csv", ".log"})


def hold_conventions(events: list[Event]) -> None:
    """Times aware and in UTC, numbers E.164, money positive, countries and currencies as codes."""
    for event in events:
        assert isinstance(event, Send | Verification | Request | Charge)
        fields = msgspec.structs.asdict(event)
        for value in fields.values():
            assert not isinstance(value, datetime) or value.utcoffset() == timedelta(0)
        for name in ("price", "amount", "segments", "part"):
            assert fields.get(name) is None or fields[name] >= 0
        assert fields.get("destination") is None or E164.fullmatch(fields["destination"])
        assert fields.get("country") is None or re.fullmatch("[A-Z]{2}", fields["country"])
        assert fields.get("currency") is None or re.fullmatch("[A-Z]{3}", fields["currency"])


def readable(source: Source, record: dict[str, Any]) -> Sample | None:
    """The record as a sample of a framing that the source reads."""
    framings: tuple[Framing, ...] = ("json", "csv")
    return next((Sample(framing, [record]) for framing in framings if framing in source.framings), None)


@each_source
def test_self_description(source: Source) -> None:
    """An adapter says what it is called, what people call it and how to get the log."""
    assert re.fullmatch(r"(twilio|aws)\.[a-z_]+", source.name)
    assert source.title
    assert "'" in source.enable
    assert source.framings


@each_source
def test_claims_only_its_own(source: Source) -> None:
    """An adapter is sure of its own records and claims no other source's."""
    own = readable(source, ONE_OF_EACH[source.name])
    assert own is not None
    assert source.recognise(own).confidence > 0.9
    for name, record in (ONE_OF_EACH | OTHERS).items():
        sample = readable(source, record)
        if name != source.name and sample is not None:
            assert source.recognise(sample).confidence < 0.5, name


@each_source
@given(records=st.lists(st.text() | st.dictionaries(st.text(max_size=12), arbitrary, max_size=6), max_size=3))
def test_recognise_never_raises(source: Source, records: list[Record]) -> None:
    """Whatever the first records are, an adapter answers between 0 and 1 with a reason."""
    framings: tuple[Framing, ...] = ("json", "csv", "line")
    for framing in framings:
        match = source.recognise(Sample(framing, records))
        assert 0.0 <= match.confidence <= 1.0
        assert match.reason


@each_source
@given(record=st.text() | st.dictionaries(st.text(max_size=12), arbitrary, max_size=6))
def test_arbitrary_records(source: Source, record: Record) -> None:
    """An arbitrary record gives events or a reason, and nothing else."""
    events, reasons = read_all(source, [record])
    assert bool(events) != bool(reasons)


@each_source
@given(data=st.data())
def test_disturbed_records(source: Source, data: st.DataObject) -> None:
    """A record with arbitrary values in its fields gives events that hold the conventions, or a reason."""
    events, reasons = read_all(source, [data.draw(disturbed(ONE_OF_EACH[source.name]))])
    assert bool(events) != bool(reasons)
    hold_conventions(events)


@recorded
@each_source
def test_recorded_logs(source: Source) -> None:
    """Every recorded record of these vendors gives events or a reason, whichever adapter gets it."""
    for path in recorded_files():
        events, reasons = read_all(source, records_of(path))
        hold_conventions(events)
        assert all(re.fullmatch("[a-z_]+", reason) for reason in reasons)


@recorded
@pytest.mark.parametrize(
    ("file", "name", "used", "reasons"),
    [
        ("twilio/api__get_Messages__200_readFullPage1.json", "twilio.messages", 1, ["not_a_send"]),
        ("twilio/api__post_Messages__201_createScheduledMessageMms.json", "twilio.messages", 1, []),
        ("twilio/verify__get_v2_Attempts__200_listVerificationAttempts.json", "twilio.verify_attempts", 1, []),
        ("twilio/api__get_Usage_Records_Daily__200_readFull.json", "twilio.usage", 1, []),
        ("aws_sns/consected__filter-log-events__sns_direct_publish.json", "aws.sns", 9, []),
        ("aws_sns/consected__filter-log-events__sns_direct_publish_failure.json", "aws.sns", 9, []),
        ("aws_sns/gsa__filter-log-events.json", "aws.sns", 0, ["missing_field"]),
        ("cloudtrail/opensearch__raw-sample.json", "aws.cognito", 0, ["other_service"]),
    ],
)
def test_recorded_counts(file: str, name: str, used: int, reasons: list[str]) -> None:
    """What is used and what is not, of recorded logs whose content is known."""
    (source,) = (one for one in SOURCES if one.name == name)
    events, found = read_all(source, records_of(ROOT / file))
    assert (len(events), found) == (used, reasons)


@recorded
def test_left_alone() -> None:
    """Trails of other services, alerts and foreign bills are claimed by none of the adapters."""
    foreign = (
        "monitor__*",
        "events__*",
        "crowdsec__*",
        "opensearch__*",
        "powertools__kinesis*",
        "focus__*",
    )
    for path in (one for one in recorded_files() if any(one.match(pattern) for pattern in foreign)):
        sample = sample_of(path)
        for source in SOURCES:
            assert source.recognise(sample).confidence < 0.5, (path.name, source.name)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_samples(path: Path) -> None:
    """Each sample file is recognised by its own source alone, and holds records to use and one to refuse."""
    mine = [source for source in SOURCES if source.name == path.parent.name]
    if not mine:
        return
    sample = sample_of(path)
    assert [one.name for one in SOURCES if one.recognise(sample).confidence >= 0.5] == [mine[0].name]
    events, reasons = read_all(mine[0], list(sample.records))
    hold_conventions(events)
    assert events
    assert reasons


def test_every_source_has_a_sample() -> None:
    """No adapter is without a sample file."""
    for source in SOURCES:
        assert list((SAMPLES / source.name).glob("*"))
