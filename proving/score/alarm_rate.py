"""Does it cry wolf as rarely as promised? ``python -m proving.score.alarm_rate --messages 1000000``."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from checkvalve.cases.assess import World, judge
from checkvalve.cases.drafts import drafts
from checkvalve.cases.merge import merged
from checkvalve.cases.watch import alarms, threshold_nats
from checkvalve.evidence.cells import destinations, hours
from checkvalve.evidence.costs import settle_costs
from checkvalve.evidence.store import Store
from checkvalve.indicators.outcomes import outcomes
from checkvalve.settings import Detection, Settings
from proving.score.intervals import poisson
from proving.score.page import circumstances, table, write_section
from proving.score.quiet import Watched, fill, fleet

LOOSE = 20.0
"""False alarms a week that are allowed to see any at all."""
_PROMISED = ("volume", "conversion", "delivery", "surge", "returns")
"""Kinds of alarm that the promise speaks of; the others count facts (a provider's verdicts, one number's messages)."""

_EXPLANATION = """Quiet tenants of several sizes, with countries, weekends and loyalty of their own, drawn from the
seed; no campaign, no outage, no attack. The promise (`detection.false_alarms_per_week`) speaks of all tests on all
nodes of one tenant together. Every alarm counts, also several from one cause; *cases* are what an analyst sees of
them. Brackets hold the 95 % interval of a Poisson count."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one tenant's quiet weeks set off at one setting."""

    size: str
    allowed: float
    """False alarms a week that the setting promises not to exceed."""
    weeks: float
    messages: int
    alarms: Counter[str]
    cases: Counter[str]
    """By verdict."""

    @property
    def counted(self) -> int:
        """Alarms that the promise speaks of."""
        return sum(self.alarms[kind] for kind in _PROMISED)


def listen(one: Watched, rates: Sequence[float], folder: Path) -> list[Heard]:
    """Watch one tenant at each setting."""
    with Store(folder) as store:
        messages = fill(store, one.messages())
        settle_costs(store)
        rows = destinations(store)
        by_hour = hours(store, rows)
        heard = []
        for rate in rates:
            settings = Settings(detection=Detection(false_alarms_per_week=rate))
            found = outcomes(rows, settings.detection.conversion_floor)
            world = World(store, settings, rows, found, by_hour, [], False, threshold_nats(rows, settings))
            made = alarms(rows, found, by_hour, store, world.thresholds)
            judged = [judge(draft, world) for draft in merged(drafts(made, rows), rows)]
            heard.append(
                Heard(
                    one.size,
                    rate,
                    float(one.weeks),
                    messages,
                    Counter(alarm.kind for alarm in made),
                    Counter(case.verdict for case in judged),
                )
            )
    return heard


def summary(heard: Iterable[Heard]) -> str:
    """One line for each setting and size, and one for all sizes together."""
    head = ["setting, a week", "tenants", "size", "weeks", "messages", "promised at most", "alarms", "a week"]
    rows = []
    by_setting: dict[float, list[Heard]] = {}
    for one in heard:
        by_setting.setdefault(one.allowed, []).append(one)
    for allowed, group in by_setting.items():
        sizes = list(dict.fromkeys(one.size for one in group))
        rows += [
            _row(allowed, size, [one for one in group if size in (one.size, "all")]) for size in [*sizes, "all"]
        ]
    return table([*head, "cases: attack", "suspicious", "benign"], rows)


def _row(allowed: float, size: str, group: list[Heard]) -> list[str]:
    weeks, count = sum(one.weeks for one in group), sum(one.counted for one in group)
    low, high = poisson(count)
    cases = sum((one.cases for one in group), Counter[str]())
    return [
        f"{allowed:g}",
        str(len(group)),
        size,
        f"{weeks:,.0f}",
        f"{sum(one.messages for one in group):,}",
        f"{allowed * weeks:,.1f}",
        str(count),
        f"{count / weeks:.3f} ({low / weeks:.3f} to {high / weeks:.3f})",
        *(str(cases[verdict]) for verdict in ("attack", "suspicious", "benign")),
    ]


def kinds(heard: Iterable[Heard]) -> str:
    """Which tests raised the alarms, setting by setting."""
    total: dict[float, Counter[str]] = {}
    for one in heard:
        total.setdefault(one.allowed, Counter()).update(one.alarms)
    names = sorted({kind for counts in total.values() for kind in counts} | set(_PROMISED))
    rows = [[f"{allowed:g}", *(str(counts[name]) for name in names)] for allowed, counts in total.items()]
    return table(["setting, a week", *names], rows)


def main(arguments: list[str] | None = None) -> int:
    """Count from the command line; the exit status says whether the promises were kept."""
    parser = argparse.ArgumentParser(prog="proving.score.alarm_rate", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    rates = (msgspec.structs.asdict(Settings().detection)["false_alarms_per_week"], LOOSE)
    heard: list[Heard] = []
    for one in fleet(options.messages, options.seed):
        with tempfile.TemporaryDirectory() as folder:
            heard += listen(one, rates, Path(folder))
        told = [f"{now.counted} at {now.allowed:g} a week" for now in heard[-len(rates) :]]
        print(f"{one.size}, {one.weeks} weeks, seed {one.seed}: alarms {', '.join(told)}", flush=True)
    print("", summary(heard), kinds(heard), sep="\n\n")
    if options.write:
        command = f"python -m proving.score.alarm_rate --messages {options.messages} --seed {options.seed}"
        write_section(
            options.write,
            "alarm rate",
            "\n\n".join(
                [
                    "## False alarms in quiet traffic",
                    circumstances(f"{command} --write {options.write}", time.monotonic() - began),
                    _EXPLANATION,
                    summary(heard),
                    "Alarms by the test that raised them:",
                    kinds(heard),
                ]
            ),
        )
    return 0 if all(poisson(n)[0] <= promised for n, promised in _promises(heard)) else 1


def _promises(heard: Iterable[Heard]) -> list[tuple[int, float]]:
    """Alarms and the promised number, for each setting."""
    total: dict[float, list[Heard]] = {}
    for one in heard:
        total.setdefault(one.allowed, []).append(one)
    return [
        (sum(one.counted for one in group), allowed * sum(one.weeks for one in group))
        for allowed, group in total.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
