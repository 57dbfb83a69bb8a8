"""Whole investigations of evidence as people really have it: one log of many, masked, without prices, out of time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest

from checkvalve.cases.investigate import investigate
from checkvalve.investigation import Investigation, Question

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
DAY_S = 86_400.0
POOL = 48_501_770_000
PAGE = {
    "page": 0,
    "page_size": 1000,
    "next_page_uri": None,
    "first_page_uri": "/",
    "uri": "/",
    "start": 0,
    "end": 0,
}
Times = list[float]
Logs = dict[str, str]


def moment(seconds: float) -> datetime:
    """So many seconds after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def people(count: int, days: float = 6.0, seed: int = 1) -> list[tuple[float, int]]:
    """Honest messages: when, and to which Polish number."""
    rng = np.random.default_rng(seed)
    blocks = 48_601_000_000 + 10_000 * rng.choice(900, 60, replace=False)
    numbers = rng.choice(blocks, count) + rng.integers(0, 10_000, count)
    return list(zip(np.sort(rng.uniform(0, days * DAY_S, count)).tolist(), map(int, numbers), strict=True))


def dead(count: int = 60, at_s: float = 5 * DAY_S + 40_000.0) -> list[tuple[float, int]]:
    """A pool: one number after the other, every twenty seconds."""
    return [(at_s + 20.0 * nth, POOL + 7 * nth) for nth in range(count)]


def twilio(
    sent: list[tuple[float, int]], price: str | None = "-0.05", to: Callable[[int], str] = "+{}".format
) -> str:
    """A page of Twilio's message list."""
    return json.dumps(
        {
            **PAGE,
            "messages": [
                {
                    "sid": f"SM{nth:032x}",
                    "account_sid": f"AC{1:032x}",
                    "direction": "outbound-api",
                    "from": "+12025550199",
                    "to": to(number),
                    "status": "delivered",
                    "num_segments": "1",
                    "price": price,
                    "price_unit": "USD",
                    "error_code": None,
                    **{
                        f"date_{name}": f"{moment(at_s):%a, %d %b %Y %H:%M:%S} +0000"
                        for name in ("created", "sent", "updated")
                    },
                }
                for nth, (at_s, number) in enumerate(sent)
            ],
        }
    )


def attempts(sent: list[tuple[float, int]], converts: Callable[[int], bool]) -> str:
    """A page of Twilio's verification attempts."""
    return json.dumps(
        {
            "meta": {"key": "attempts", "page": 0, "page_size": 1000, "next_page_url": None},
            "attempts": [
                {
                    "sid": f"VL{nth:032x}",
                    "verification_sid": f"VE{nth:032x}",
                    "service_sid": f"VA{1:032x}",
                    "account_sid": f"AC{1:032x}",
                    "date_created": f"{moment(at_s):%Y-%m-%dT%H:%M:%SZ}",
                    "date_updated": f"{moment(at_s + 30):%Y-%m-%dT%H:%M:%SZ}",
                    "conversion_status": "converted" if converts(nth) else "unconverted",
                    "channel": "sms",
                    "price": {"value": "0.05", "currency": "usd"},
                    "channel_data": {
                        "to": f"+{number}",
                        "status": "confirmed" if converts(nth) else "expired",
                        "message_status": "delivered",
                        "country": "PL",
                    },
                }
                for nth, (at_s, number) in enumerate(sent)
            ],
        }
    )


def sns(sent: list[tuple[float, int]]) -> str:
    """Delivery status records of SNS."""
    return "\n".join(
        json.dumps(
            {
                "notification": {"messageId": f"m-{nth}", "timestamp": f"{moment(at_s):%Y-%m-%d %H:%M:%S.%f}"[:-3]},
                "delivery": {
                    "destination": f"+{number}",
                    "priceInUSD": 0.04,
                    "smsType": "Transactional",
                    "providerResponse": "Message has been accepted by phone",
                    "dwellTimeMs": 599,
                },
                "status": "SUCCESS",
            }
        )
        for nth, (at_s, number) in enumerate(sent)
    )


def web(times: Times, path: str = "/api/otp/send") -> str:
    """An access log."""
    return "".join(
        f"203.0.113.{nth % 250} - - [{moment(at_s):%d/%b/%Y:%H:%M:%S +0000}] "
        f'"POST {path} HTTP/1.1" 200 27 "-" "Mozilla/5.0"\n'
        for nth, at_s in enumerate(times)
    )


def usage(days: int) -> str:
    """Twilio's daily usage: a category, its sum, and a fee."""
    records = [
        {
            "account_sid": f"AC{1:032x}",
            "category": category,
            "count": "10",
            "usage": "10",
            "usage_unit": "messages",
            "price": price,
            "price_unit": "usd",
            "start_date": f"{BEGIN + timedelta(days=day):%Y-%m-%d}",
            "end_date": f"{BEGIN + timedelta(days=day):%Y-%m-%d}",
        }
        for day in range(days)
        for category, price in (
            ("sms-outbound", "2"),
            ("sms-outbound-longcode", "2"),
            ("sms-messages-carrierfees", "1"),
        )
    ]
    return json.dumps({**PAGE, "usage_records": records})


ODD: dict[str, Logs] = {
    "a web log": {"access.log": web([60.0 * nth for nth in range(200)])},
    "a bill": {"usage.json": usage(10)},
    "one message": {"one.json": twilio([(0.0, 48_601_123_456)])},
    "no price": {"m.json": twilio(people(200), price=None)},
    "masked numbers": {"m.json": twilio(people(200), to=lambda number: f"+{number // 10_000}XXXX")},
    "verify attempts": {"v.json": attempts(people(400) + dead(), lambda nth: nth < 400 and nth % 4 > 0)},
    "two gateways": {"m.json": twilio(people(200)), "sns.log": sns(people(150, seed=2))},
    "jumping clocks": {
        "access.log": web([60.0 * nth + (-7200 if 80 < nth < 120 else 0) for nth in range(200)]),
        "m.json": twilio([*people(150), (-20 * 365 * DAY_S, 48_601_000_001), (3000 * DAY_S, 48_601_000_002)]),
    },
}


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Investigation, Path]]:
    """The investigation of one kind of odd evidence, and its folder; each is made once."""
    made: dict[str, tuple[Investigation, Path]] = {}

    def of(name: str) -> tuple[Investigation, Path]:
        if name not in made:
            logs, folder = (tmp_path_factory.mktemp(kind) for kind in ("logs", "result"))
            for file, text in ODD[name].items():
                (logs / file).write_text(text, encoding="utf-8")
            made[name] = investigate(sorted(logs.iterdir()), folder), folder
        return made[name]

    return of


Examined = Callable[[str], tuple[Investigation, Path]]


def answers(found: Investigation) -> dict[str, str]:
    """The questions' answers."""
    return {one.id: one.answer for one in found.questions}


def question(found: Investigation, id_: str) -> Question:
    """One of the questions."""
    return next(one for one in found.questions if one.id == id_)


def sends(folder: Path, select: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the messages' file."""
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {select} FROM read_parquet(?)", [str(folder / "sends.parquet")]
        ).fetchall()


@pytest.mark.parametrize("name", list(ODD))
def test_what_holds_for_any_evidence(name: str, examined: Examined) -> None:
    """The result reads back as it was written; records and messages add up; every fact has its exhibit."""
    found, folder = examined(name)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Investigation) == found
    for one in found.inputs:
        assert one.source
        assert one.records == one.used + one.merged + one.ignored + one.quarantined
    assert sends(folder, "count(*)") == [(found.totals.sends,)]
    assert list(answers(found)) == ["Q1", "Q2", "Q3", "Q4"]
    assert [one.id for one in found.escalation.criteria] == ["E1", "E2", "E3"]
    there = {one.id: one.rows for one in [*found.exhibits, *(one for case in found.cases for one in case.exhibits)]}
    told = [(one.facts, one.exhibits) for one in found.questions]
    told += [(one.facts, one.exhibits) for one in found.escalation.criteria]
    for facts, exhibits in told:
        assert len(exhibits) == len(facts)
        assert all(there[id_] for id_ in exhibits)
    assert all(one.missing for one in found.questions if one.answer == "unknown")
    assert len(found.playbook) == 10


@pytest.mark.parametrize("name", [name for name in ODD if name != "verify attempts"])
def test_nothing_odd_is_taken_for_fraud(name: str, examined: Examined) -> None:
    """Missing logs, masks, jumping clocks and new gateways are no attack; what could not be judged is not closed."""
    found, _ = examined(name)
    assert found.verdict == "clear"
    judged = name not in ("a web log", "a bill", "masked numbers")
    assert found.escalation.decision == ("close" if judged else "monitor")


def test_a_web_log_alone(examined: Examined) -> None:
    """Requests are counted and nothing else is claimed; the questions name the gateway's log."""
    found, _ = examined("a web log")
    assert (found.totals.requests, found.totals.sends) == (200, 0)
    assert set(answers(found).values()) == {"unknown"}
    assert "gateway" in (question(found, "Q1").missing or "")
    assert found.window.start == BEGIN


def test_a_bill_alone(examined: Examined) -> None:
    """The window is the bill's, and its money counts once: neither the sum beside its part nor the fee is lost."""
    found, _ = examined("a bill")
    assert (found.window.start, found.window.end) == (BEGIN, BEGIN + timedelta(days=10))
    assert any("$30.00" in fact for fact in question(found, "Q4").facts)


def test_one_message(examined: Examined) -> None:
    """One message is a window of one moment, and no case."""
    found, _ = examined("one message")
    assert (found.totals.sends, found.totals.cost_usd) == (1, 0.05)
    assert found.window.start == found.window.end == BEGIN
    assert answers(found)["Q1"] == "no"


def test_messages_without_any_price(examined: Examined) -> None:
    """Their cost rests on list prices, and the result says so."""
    found, folder = examined("no price")
    assert found.totals.cost_is_estimated
    assert found.totals.cost_usd == found.totals.estimated_cost_usd > 0
    assert any("list prices" in note for note in found.notes)
    assert sends(folder, "count(price_usd)") == [(0,)]


def test_masked_numbers_alone(examined: Examined) -> None:
    """Messages keep their rows and cost; what numbers would answer is unknown, and why."""
    found, folder = examined("masked numbers")
    assert (found.totals.sends, found.totals.cost_usd) == (200, 10.0)
    assert sends(folder, "count(destination)") == [(0,)]
    assert "number" in (question(found, "Q1").missing or "")


def test_verify_attempts_alone(examined: Examined) -> None:
    """Attempts are messages with an outcome: a pool among them is found, its range and money named."""
    found, folder = examined("verify attempts")
    (case,) = found.cases
    assert (found.verdict, found.escalation.decision) == ("attack", "escalate")
    assert [one.prefix[:7] for one in case.destinations] == [f"+{POOL}"[:7]]
    assert case.sends == 60
    assert sends(folder, "count(*) FILTER (case_id IS NOT NULL AND p_fraud > 0.9)") == [(60,)]


def test_two_gateways(examined: Examined) -> None:
    """The messages of both count, each once, with their own prices."""
    found, folder = examined("two gateways")
    assert found.totals.sends == 350
    assert found.totals.cost_usd == pytest.approx(200 * 0.05 + 150 * 0.04)
    assert set(sends(folder, "DISTINCT provider")) == {("twilio",), ("aws",)}


def test_clocks_that_jump(examined: Examined) -> None:
    """Lines out of order and decades back are kept as they are written, from years ahead not; nothing is set off."""
    found, _ = examined("jumping clocks")
    assert (found.totals.sends, found.totals.requests) == (151, 200)
    assert found.window.start is not None
    assert found.window.end is not None
    assert (found.window.start.year, found.window.end.year) == (2006, 2026)
