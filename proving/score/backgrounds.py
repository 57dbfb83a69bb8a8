"""Simulated attacks on real rhythms: ``CHECKVALVE_NAB=folder python -m proving.score.backgrounds``.

The counts are those of the Numenta Anomaly Benchmark (tweets that name a company, requests to a load balancer, taxi
rides), each thinned to the pace of a country of a business. They have seasons, bursts and faults that nobody made up
for this purpose. Numbers, addresses, conversion and the attack are simulated (after the protocol of Enki et al., PLoS
One 2016, for outbreak detection).
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec
import numpy as np

from checkvalve.simulation.catalogue.clients import Clients, everybody, locals_of
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.family import ATTACK, UNREMARKABLE, member
from checkvalve.simulation.catalogue.targets import Blocks, blocks_of
from checkvalve.simulation.catalogue.waves import Reply, Wave, bell
from checkvalve.simulation.catalogue.world import World, draw_world, victims
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.countries import Country
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.recorded import Recorded, counts_of
from proving.score import report, split
from proving.score.cache import Cache
from proving.score.marks import Marks, marks
from proving.score.page import circumstances, write_section
from proving.score.runs import carry_out

FOLDER = "CHECKVALVE_NAB"
"""The environment variable that names the folder of series."""
KINDS = ("nothing", "burst", "trickle")
_EXPLANATION = """Background: the real counts of the Numenta Anomaly Benchmark, thinned to the pace of each country of a
simulated business; the series and where each begins are drawn from the seed. Into it either nothing is put, or a burst
of 40 to 400 codes to one or two blocks within the hour, or a trickle of a tenth of a country's traffic to a few blocks
for days. Everything but the rhythm is simulated."""


def series(folder: Path) -> list[np.ndarray]:
    """All series of a folder, sorted by name. Raises ``FileNotFoundError`` where there is none."""
    found = [counts_of(path.read_text(encoding="utf-8").splitlines()) for path in sorted(folder.glob("*.csv"))]
    if not found:
        raise FileNotFoundError(f"{folder}: no series here; name the folder in {FOLDER}")
    return [one for one in found if one.sum() > 0]


def plan_of(kind: str, seed: int, size: str, recorded: Sequence[np.ndarray]) -> Plan:
    """A business with recorded rhythms, and an attack of that kind."""
    draw = Draw(seed, f"recorded {kind}")
    world = draw_world(draw, size)
    order = draw.random.permutation(len(recorded)).tolist()
    first = int(draw.random.randint(0, 4_000))
    places = {one.iso: order[place % len(order)] for place, one in enumerate(world.tenant.countries)}

    def rhythm(country: Country) -> Recorded:
        return Recorded(recorded[places[country.iso]], world.start, first, seed, country.iso)

    waves = [] if kind == "nothing" else [_attack(kind, draw, world)]
    expected = ATTACK if waves else UNREMARKABLE
    plan = member("attack" if waves else "quiet", draw, world, expected, waves)
    plan.streams[0] = Honest(world.tenant, world.start, world.days, seed, rhythm=rhythm).events()
    return plan


def _attack(kind: str, draw: Draw, world: World) -> Wave:
    (country,) = victims(draw, world, 1, served=True)
    burst = kind == "burst"
    start = world.at(draw.even("when", 0.4, 0.8), draw.even("hour", 0, 23))
    end = start + 60 * draw.even("minutes", 3, 60) if burst else world.end
    share = draw.even("of_all", 0.02, 0.06) * world.tenant.sends_per_day * (world.end - start) / 86_400
    blocks = blocks_of([(country, country.carriers[0], draw.whole("blocks", 1, 2 if burst else 6))], draw.random)
    return Wave(
        campaign=kind,
        start=start,
        end=end,
        sends=draw.log("sends", 40, 400) if burst else share,
        targets=Blocks(blocks),
        clients=Clients(kind, [], everybody(world), locals_of(world, [country], 900, kind)),
        reply=Reply(draw.even("conversion", 0.0, 0.08)),
        shape=bell if burst else None,
        form_share=0.7,
    )


def evaluate(recorded: Sequence[np.ndarray], seeds: Sequence[int], size: str, cache: Cache) -> Iterator[Marks]:
    """The marks of every run."""
    for seed, kind in product(seeds, KINDS):
        name = f"recorded {kind}"
        found = cache.get(name, seed, size)
        if found is None:
            plan = plan_of(kind, seed, size, recorded)
            with tempfile.TemporaryDirectory() as folder:
                found = marks(carry_out(plan, name, seed, Path(folder)))
            found = msgspec.structs.replace(found, stack=str(plan.knobs.get("stack")))
            cache.put(found, size)
        yield found


def main(arguments: list[str] | None = None) -> int:
    """Score from the command line."""
    parser = argparse.ArgumentParser(prog="proving.score.backgrounds", description=__doc__)
    parser.add_argument("--split", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", default="small")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/backgrounds.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    options = parser.parse_args(arguments)
    if FOLDER not in os.environ:
        print(f"proving.score.backgrounds: name the folder of the series in {FOLDER}", file=sys.stderr)
        return 2
    began = time.monotonic()
    recorded = series(Path(os.environ[FOLDER]))
    found = list(evaluate(recorded, split.seeds(options.split, options.seeds), options.size, Cache(options.cache)))
    text = "\n\n".join([report.overall(found), report.by_family(found)])
    print(text)
    if options.write:
        command = f"{FOLDER}=… python -m proving.score.backgrounds --split {options.split} --seeds {options.seeds}"
        command += f" --size {options.size} --write {options.write}"
        head = ["## Real rhythms", circumstances(command, time.monotonic() - began), _EXPLANATION, text]
        write_section(options.write, "backgrounds", "\n\n".join(head))
    return 0


if __name__ == "__main__":
    sys.exit(main())
