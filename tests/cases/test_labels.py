"""Every message's probability: one row a message, the contract's columns, cases only where they are due."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from checkvalve.cases.identity import case_id
from checkvalve.cases.labels import BACKGROUND, write_labels, write_sends
from checkvalve.evidence.store import Store
from checkvalve.numbering.tree import Level, keys
from checkvalve.statistics.calibration import probability
from tests.cases.worlds import ATTACK_S, Judgement, attack, case_in, judgement
from tests.indicators.synthetic import POOL, START, honest, messages, pool, put, store_of

COLUMNS = {
    "send_id": "VARCHAR",
    "provider": "VARCHAR",
    "sent_at": "TIMESTAMP WITH TIME ZONE",
    "destination": "VARCHAR",
    "price_usd": "DOUBLE",
    "verified": "BOOLEAN",
    "p_fraud": "DOUBLE",
    "case_id": "VARCHAR",
}


class Written:
    """The file that a store's messages and cases were written to."""

    def __init__(self, store: Store, found: Judgement | None, folder: Path) -> None:
        self.path = folder / "it's" / "sends.parquet"
        self.path.parent.mkdir()
        if found:
            write_labels(store, found.cases)
        write_sends(store, self.path)

    def rows(self, select: str, more: str = "") -> list[tuple[Any, ...]]:
        """Rows of a query on it."""
        with duckdb.connect() as connection:
            return connection.execute(f"SELECT {select} FROM read_parquet(?) {more}", [str(self.path)]).fetchall()

    def columns(self) -> dict[str, str]:
        """Its columns and types."""
        with duckdb.connect() as connection:
            found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(self.path)]).fetchall()
        return {name: kind for name, kind, *_ in found}


@pytest.mark.parametrize("with_case", [True, False])
def test_one_row_a_message_with_the_contracts_columns(tmp_path: Path, with_case: bool) -> None:
    """The file has exactly the columns and types that others read, and every message once, case or not."""
    people, dead = attack()
    sent = (people, dead) if with_case else (people,)
    with judgement(*sent) as found:
        table = Written(found.world.store, found, tmp_path)
    assert table.columns() == COLUMNS
    ((count, ids, low, high),) = table.rows("count(*), count(DISTINCT send_id), min(p_fraud), max(p_fraud)")
    assert count == ids == sum(map(len, sent))
    assert low == BACKGROUND == pytest.approx(probability(0.0))
    assert high == (BACKGROUND if not with_case else pytest.approx(1.0, abs=0.05))


def test_only_what_belongs_to_a_case_names_it(tmp_path: Path) -> None:
    """Dead messages to the pool in its time carry the case; people before, after and elsewhere do not."""
    people, dead = attack()
    early = messages(ATTACK_S - 9000.0 + 100.0 * np.arange(3), int(POOL) * 10_000 + 9000 + np.arange(3))
    late = messages(dead.end_s + 90_000.0, int(POOL) * 10_000 + 9100, dead.end_s + 90_020.0)
    with judgement(people + early + late, dead) as found:
        one = found.only
        table = Written(found.world.store, found, tmp_path)
        named = table.rows("destination, p_fraud, case_id", "WHERE case_id IS NOT NULL")
    assert {name for *_, name in named} == {case_id(one.scene)}
    assert {int(destination) for destination, *_ in named} >= set(dead.number.tolist())
    assert len(named) <= len(dead) + 3
    assert all(p > 0.5 for _, p, _ in named)


def test_who_entered_a_code_where_people_always_did_is_one_of_them(tmp_path: Path) -> None:
    """As many codes are entered in the attacked range as ever: they are people's, and in no case."""
    at_s = START + 3600.0 * np.arange(8 * 24)
    people = messages(at_s, int(POOL) * 10_000 + 5_000 + np.arange(len(at_s)), at_s + 30.0)
    dead = pool(ATTACK_S, count=600, every_s=360.0, price_usd=0.4)
    with judgement(honest(1, days=8), people, dead) as found:
        table = Written(found.world.store, found, tmp_path)
        begin_s = found.only.scene.start_s
        assert not found.only.scene.counts_verified
    mine = f"WHERE verified AND destination LIKE '+{POOL}%' AND epoch(sent_at) >= {begin_s}"
    verified = table.rows("p_fraud, case_id", mine)
    assert len(verified) > 20
    assert all(p < 0.5 and name is None for p, name in verified)


def test_codes_entered_where_nobody_ever_was_are_the_pools_too(tmp_path: Path) -> None:
    """A pool in a block without customers enters some of its codes: these are as little people's as the others."""
    mixed = pool(ATTACK_S, count=150, conversion=0.06)
    with judgement(honest(1), mixed) as found:
        table = Written(found.world.store, found, tmp_path)
        id_ = case_id(found.only.scene)
        assert found.only.scene.counts_verified
    verified = table.rows("p_fraud, case_id", f"WHERE verified AND destination LIKE '+{POOL}%'")
    assert verified
    assert all(p > 0.9 and name == id_ for p, name in verified)


def test_without_a_past_who_entered_a_code_is_a_person(tmp_path: Path) -> None:
    """Where the evidence begins with the attack nothing tells who lives there, and entered codes are people's."""
    mixed = pool(START + 1800.0, count=900, every_s=60.0, conversion=0.06)
    with judgement(honest(1), mixed) as found:
        table = Written(found.world.store, found, tmp_path)
        assert not any(one.scene.counts_verified for one in found.cases if one.verdict != "benign")
    verified = table.rows("p_fraud, case_id", f"WHERE verified AND destination LIKE '+{POOL}%'")
    assert verified
    assert all(p < 0.1 and name is None for p, name in verified)


def test_overlapping_cases_label_a_message_once(tmp_path: Path) -> None:
    """Where two cases hold a message, it stays one row, with the case that thinks worse of it."""
    with store_of(pool(ATTACK_S, count=10)) as store:
        for name, p in (("case-a", 0.7), ("case-b", 0.9), ("case-c", 0.8)):
            store.run(
                """INSERT INTO labels VALUES (?, ?, ?, TIMESTAMPTZ '2026-01-01 00:00+00',
                TIMESTAMPTZ '2027-01-01 00:00+00', ?, 0.02, NULL, NULL, false)""",
                [name, int(POOL) * 10_000, int(POOL) * 10_000 + 9_999, p],
            )
        table = Written(store, None, tmp_path)
    rows = table.rows("DISTINCT p_fraud, case_id")
    assert table.rows("count(*)") == [(10,)]
    assert rows == [(0.9, "case-b")]


def wide_case(found: Judgement, **more: object) -> Judgement:
    """The same world with its one case, a surge that names no range, taken for suspicious."""
    one = replace(found.only, verdict="suspicious", p_unverified=0.7, p_verified=0.1)
    assert not one.scene.ranges
    for name, value in more.items():
        setattr(one.scene, name, value)
    one.scene.counts_verified = False
    return Judgement(found.world, [one])


SURGE = honest(3, days=0.2, per_day=3000, countries=("PL",), start_s=ATTACK_S, steady=True, returning=0.0)


def test_a_case_without_ranges_labels_its_countries(tmp_path: Path) -> None:
    """Where fraud is spread over a country, its messages in the case's time carry the case; others do not."""
    with judgement(honest(2, per_day=400), SURGE) as found:
        wide = wide_case(found)
        table = Written(found.world.store, wide, tmp_path)
        case = case_in(wide.only, found.world)
    named = table.rows(
        "left(destination, 3), verified, p_fraud, count(*)", "WHERE case_id IS NOT NULL GROUP BY ALL"
    )
    assert [row[:3] for row in named] == [("+48", False, 0.7)]
    assert named[0][3] == case.sends
    assert table.rows("count(*)", "WHERE p_fraud = 0.1 AND case_id IS NULL AND verified")[0][0] > 100
    begin, end = case.started_at, case.ended_at
    times = table.rows(
        "min(sent_at) AT TIME ZONE 'UTC', max(sent_at) AT TIME ZONE 'UTC'", "WHERE case_id IS NOT NULL"
    )
    assert begin.replace(tzinfo=None) <= times[0][0] <= times[0][1] <= end.replace(tzinfo=None)


def test_a_case_of_everything_labels_everything_of_its_time(tmp_path: Path) -> None:
    """Without ranges and countries all messages of the time are meant, those without a number too."""
    with judgement(honest(2, per_day=400), SURGE) as found:
        found.world.store.run("UPDATE kept_sends SET number = NULL, country = NULL WHERE country = 'ES'")
        table = Written(found.world.store, wide_case(found, countries=[]), tmp_path)
    places = {row[0] for row in table.rows("DISTINCT left(destination, 3)", "WHERE case_id IS NOT NULL")}
    assert places == {"+48", None}


def test_a_case_of_one_network_labels_only_that(tmp_path: Path) -> None:
    """Where only a network stood out, the rest of its country is not meant."""
    network = int(keys(SURGE.number[:1], Level.NETWORK)[0])
    with judgement(honest(2, per_day=400), SURGE) as found:
        table = Written(found.world.store, wide_case(found, networks=[network]), tmp_path)
        numbers = [int(row[0]) for row in table.rows("destination", "WHERE case_id IS NOT NULL")]
    assert numbers
    assert set(keys(np.array(numbers), Level.NETWORK).tolist()) == {network}


def test_unknown_is_null_and_not_false(tmp_path: Path) -> None:
    """A message of which no log knows whether its code came back says so; a masked number is NULL."""
    people = honest(1, days=1)
    with store_of(people) as store:
        put(store, messages(ATTACK_S + np.arange(5), 48501000001 + np.arange(5), known=False), provider="aws")
        store.run("UPDATE kept_sends SET number = NULL WHERE provider = 'aws'")
        table = Written(store, None, tmp_path)
    unknown = table.rows("DISTINCT verified, destination", "WHERE provider = 'aws'")
    known = table.rows("DISTINCT verified", "WHERE provider = 'twilio' ORDER BY ALL")
    assert unknown == [(None, None)]
    assert known == [(False,), (True,)]
