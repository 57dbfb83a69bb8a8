"""The truth of a scenario, kept apart from its logs: what was fraud, when, from where, and what to conclude."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from checkvalve.simulation.attempts import attempt_id
from checkvalve.simulation.clock import iso
from checkvalve.simulation.traffic.events import Event, Message

Kind = Literal["attack", "benign", "quiet"]


class Expected(msgspec.Struct, frozen=True):
    """What a good investigation concludes. ``rival`` is the harmless explanation to accept, if there is one."""

    verdict: Literal["attack", "suspicious", "clear"]
    decision: Literal["escalate", "monitor", "close"]
    rival: str | None = None
    verdicts: tuple[str, ...] = ()
    """Other verdicts that are right too."""
    decisions: tuple[str, ...] = ()


class Campaign(msgspec.Struct):
    """One campaign as it really was. ``prefixes`` are digits of the international form, without ``+``."""

    id: str
    start: str
    end: str
    sends: int = 0
    cost_usd: float = 0.0
    prefixes: list[str] = []
    attacker_ips: list[str] = []


class Truth(msgspec.Struct):
    """One scenario's truth, as written to ``truth.json``."""

    scenario: str
    seed: int
    kind: Kind
    window: tuple[str, str]
    expected: Expected
    campaigns: list[Campaign]
    size: str | None = None
    knobs: dict[str, float | int | str] = {}
    """What the seed drew from the scenario's ranges."""
    schema: str = "checkvalve.simulation.truth/1"


class TruthWriter:
    """Collects the truth of the events that pass and writes ``truth.json`` and ``fraud_sends.jsonl``."""

    def __init__(self, folder: Path, ids: Callable[[Message], list[str]], seed: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ids = ids
        self._seed = seed
        self._sends = (folder / "fraud_sends.jsonl").open("w", encoding="utf-8", newline="")
        self._campaigns: dict[str, Campaign] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._origins: dict[str, set[str]] = {}

    def add(self, event: Event) -> None:
        """Note the message if it is fraud."""
        if not isinstance(event, Message) or event.campaign is None:
            return
        name = event.campaign
        campaign = self._campaigns.setdefault(name, Campaign(name, iso(event.at), iso(event.at)))
        campaign.end = iso(event.at)
        campaign.sends += 1
        campaign.cost_usd = round(campaign.cost_usd + event.price_usd, 5)
        self._prefixes.setdefault(name, set()).add(event.number[:-4])
        self._origins.setdefault(name, set()).add(event.address)
        ids = self._ids(event)
        line = {
            "send_id": ids[0] if ids else None,
            "ids": ids,
            "attempt_id": attempt_id(self._seed, event),
            "at": iso(event.at),
            "destination": f"+{event.number}",
            "campaign": name,
        }
        self._sends.write(json.dumps(line) + "\n")

    def close(
        self,
        scenario: str,
        seed: int,
        kind: Kind,
        window: tuple[float, float],
        expected: Expected,
        size: str | None = None,
        knobs: dict[str, float | int | str] | None = None,
    ) -> None:
        """Write the summary."""
        self._sends.close()
        for name, campaign in self._campaigns.items():
            campaign.prefixes = sorted(self._prefixes[name])
            campaign.attacker_ips = sorted(self._origins[name])
        truth = Truth(
            scenario,
            seed,
            kind,
            (iso(window[0]), iso(window[1])),
            expected,
            list(self._campaigns.values()),
            size,
            knobs or {},
        )
        text = json.dumps(msgspec.to_builtins(truth), indent=1) + "\n"
        (self._folder / "truth.json").write_text(text, encoding="utf-8")
