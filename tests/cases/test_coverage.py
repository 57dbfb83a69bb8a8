"""What logs let be answered follows from the columns that are filled."""

import pytest

from checkvalve.cases.coverage import TOPICS, answerable, served
from checkvalve.sources.fills import fills

MESSAGES = {"sends": {"destination": 5, "sent_at": 5}}


def ids(tables: dict[str, dict[str, int]]) -> set[str]:
    """The topics that these tables let be answered."""
    return {one.topic.id for one in answerable(tables) if one.possible}


def test_every_question_and_criterion_is_there() -> None:
    """The playbook's questions and criteria, and each indicator once."""
    assert {"Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3"} <= {topic.id for topic in TOPICS}
    assert len({topic.id for topic in TOPICS}) == len(TOPICS)


def test_nothing_answers_nothing() -> None:
    """Without logs nothing can be answered."""
    assert ids({}) == set()


@pytest.mark.parametrize(
    ("more", "opened"),
    [
        ({"requests": {"path": 1, "ip": 1}}, {"Q2", "E2", "requests", "afterwards", "own_network"}),
        ({"requests": {"path": 1}}, set()),
        ({"complaints": {"kind": 1}}, {"Q3"}),
        ({"charges": {"quantity": 1, "counts_messages": 1}}, {"reconciliation"}),
        ({"verifications": {"kind": 1, "destination": 1}}, {"conversion", "recurrence", "reuse", "surplus"}),
        ({"activities": {"name": 1}}, set()),
    ],
)
def test_each_log_opens_its_own(more: dict[str, dict[str, int]], opened: set[str]) -> None:
    """A log beside the messages opens exactly the topics that need it."""
    assert ids({**MESSAGES, **more}) - ids(MESSAGES) == opened


def test_a_column_without_values_is_none() -> None:
    """Rows whose numbers are all masked do not answer what needs numbers."""
    assert "Q1" not in ids({"sends": {"sent_at": 5}})


def test_more_never_answers_less() -> None:
    """No log takes an answer away."""
    every = {name: dict.fromkeys(columns, 1) for tables in fills().values() for name, columns in tables.items()}
    assert ids(MESSAGES) <= ids({**every, "sends": {**every.get("sends", {}), **MESSAGES["sends"]}})


@pytest.mark.parametrize("name", sorted(fills()))
def test_each_source_serves_something(name: str) -> None:
    """A source that fills columns serves a question, criterion or indicator; it would have no place otherwise."""
    columns = fills()[name]
    found = served(columns)
    assert bool(found["alone"] or found["with others"]) == bool(columns)
