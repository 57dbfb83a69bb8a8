"""One run: a scenario is written, investigated, and laid beside what was really sent."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.investigate import investigate
from checkvalve.cli.inputs import expand
from checkvalve.investigation import Investigation
from checkvalve.settings import Settings
from checkvalve.simulation.clock import DAY_S
from checkvalve.simulation.scenarios import SCENARIOS
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.truth import Expected, Kind
from checkvalve.simulation.vendors.base import Log
from proving.write import write_plan


@dataclass(frozen=True, slots=True)
class Sent:
    """Every message that was really sent, in order of time. All arrays (N,)."""

    at_s: NDArray[np.float64]
    number: NDArray[np.str_]
    """Digits of the international form."""
    price_usd: NDArray[np.float64]
    campaign: NDArray[np.str_]
    """Empty for an honest message."""
    logged: NDArray[np.bool_]
    """Whether a log of messages or verifications holds it; one that was injected behind the gateway is in none."""

    @property
    def fraud(self) -> NDArray[np.bool_]:
        """Which messages are fraud?"""
        return np.asarray(self.campaign != "", dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Rows:
    """What ``sends.parquet`` says of the messages. Arrays have one entry a message, in the order of `Sent`."""

    rows: NDArray[np.int64]
    """How many rows speak of it; one is right."""
    p_fraud: NDArray[np.float64]
    """NaN where there is no row."""
    in_case: NDArray[np.bool_]
    strangers: int
    """Rows that speak of no message."""
    case: NDArray[np.str_] | None = None
    """The id of the case that the message is put down to; empty for none."""


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario's truth beside the investigation of its logs."""

    scenario: str
    scale: float
    seed: int
    kind: Kind
    expected: Expected
    sent: Sent
    result: Investigation
    rows: Rows
    size: str | None = None
    days: float = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The logs of a scenario, in a folder, and the truth about them."""

    plan: Plan
    scenario: str
    seed: int
    scale: float
    folder: Path
    place: dict[str, int]
    """From the identifiers of a message in the logs to its place in ``sent``."""
    sent: Sent


class Witness:
    """A log that keeps every message as it was, with all of its identifiers."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.place: dict[str, int] = {}
        self._messages: list[tuple[float, str, float, str, bool]] = []

    def add(self, event: Event) -> None:
        """Keep the message."""
        if isinstance(event, Message):
            names = self._plan.send_ids(event)
            for name in names:
                self.place[name] = len(self._messages)
            self._messages.append((event.at, event.number, event.price_usd, event.campaign or "", bool(names)))

    def close(self) -> None:
        """Nothing is written."""

    def sent(self) -> Sent:
        """All messages seen."""
        at, number, price, campaign, logged = zip(*self._messages, strict=True)
        return Sent(np.array(at), np.array(number), np.array(price), np.array(campaign), np.array(logged))


def run(scenario: str, seed: int, scale: float, folder: Path, settings: Settings | None = None) -> Run:
    """Write the evidence below an empty folder, investigate it there, and read what came out.

    Raises ``KeyError`` for an unknown scenario.
    """
    return carry_out(SCENARIOS[scenario](seed, scale), scenario, seed, folder, settings, scale)


def carry_out(
    plan: Plan, scenario: str, seed: int, folder: Path, settings: Settings | None = None, scale: float = 1.0
) -> Run:
    """The same for a plan, which may be of the catalogue."""
    return look_into(write_evidence(plan, scenario, seed, folder, scale), settings)


def write_evidence(plan: Plan, scenario: str, seed: int, folder: Path, scale: float = 1.0) -> Evidence:
    """Write a plan's logs below an empty folder, and keep what was really sent."""
    witness = Witness(plan)

    def logs(path: Path) -> list[Log]:
        return [*plan.logs(path), witness]

    write_plan(msgspec.structs.replace(plan, logs=logs), scenario, seed, folder)
    return Evidence(plan, scenario, seed, scale, folder, witness.place, witness.sent())


def look_into(evidence: Evidence, settings: Settings | None = None) -> Run:
    """Investigate the logs, and read what came out; the evidence may be looked into again."""
    with tempfile.TemporaryDirectory(dir=evidence.folder) as name:
        output = Path(name)
        result = investigate(expand([str(evidence.folder / "logs")]).files, output, settings=settings)
        rows = read_rows(output / "sends.parquet", evidence.place, len(evidence.sent.at_s))
    plan = evidence.plan
    days = (plan.window[1] - plan.window[0]) / DAY_S
    return Run(
        evidence.scenario,
        evidence.scale,
        evidence.seed,
        plan.kind,
        plan.expected,
        evidence.sent,
        result,
        rows,
        plan.size,
        days,
    )


def read_rows(path: Path, place: dict[str, int], messages: int) -> Rows:
    """What does the file say of each message? ``place`` leads from an identifier to the message."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT send_id, p_fraud, case_id FROM '{path}'").fetchall()
    count = np.zeros(messages, np.int64)
    p_fraud = np.full(messages, np.nan)
    in_case = np.zeros(messages, np.bool_)
    cases = [""] * messages
    strangers = 0
    for send_id, p, case in found:
        at = place.get(send_id)
        if at is None:
            strangers += 1
            continue
        count[at] += 1
        p_fraud[at], in_case[at], cases[at] = p, case is not None, case or ""
    return Rows(count, p_fraud, in_case, strangers, np.array(cases))
