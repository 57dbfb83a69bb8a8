"""Outcomes in a file, so that a run can be stopped and go on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

import checkvalve.guard
import checkvalve.simulation
from proving.baselines.loop import Outcome
from proving.baselines.report import GUARD
from proving.baselines.rule import Values

_MEASURING = ("attacker", "loop", "rule", "stream", "windows")
"""What outcomes depend on, beside the rules and the simulation."""


class Kept:
    """A file of outcomes. What was measured with other code, of the guard or of the loop, is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found = self.measured = 0
        """Outcomes that were known, and that were not."""
        own = Path(__file__).parent
        loop = [*own.glob("rules/*.py"), *(own / f"{name}.py" for name in _MEASURING)]
        loop += Path(checkvalve.simulation.__file__).parent.rglob("*.py")
        self._others = _digest(loop)
        self._guard = _digest([*loop, *Path(checkvalve.guard.__file__).parent.rglob("*.py")])
        self._known: dict[str, Outcome] = {}
        for line in path.read_bytes().splitlines() if path.exists() else ():
            state, _, rest = line.partition(b" ")
            if state.decode() in (self._others, self._guard):
                outcome = msgspec.json.decode(rest, type=Outcome)
                if state.decode() == self._state(outcome):
                    self._known[self._key_of(outcome)] = outcome

    @staticmethod
    def key(stream: str, rule: str, values: Values, moving: bool) -> str:
        """What tells one outcome from another.

        >>> Kept.key("growth/1/tiny", "telnyx", {"messages": 20}, False)
        "growth/1/tiny/telnyx/[('messages', 20.0)]/False"
        """
        return f"{stream}/{rule}/{sorted((name, float(value)) for name, value in values.items())}/{moving}"

    def get(self, key: str) -> Outcome | None:
        """The outcome, if it is known."""
        found = self._known.get(key)
        self.found += found is not None
        return found

    def put(self, one: Outcome) -> None:
        """Keep it."""
        self.measured += 1
        self._known[self._key_of(one)] = one
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(f"{self._state(one)} ".encode() + msgspec.json.encode(one) + b"\n")

    def _key_of(self, one: Outcome) -> str:
        return self.key(f"{one.family}/{one.seed}/{one.size}", one.rule, one.values, one.moving)

    def _state(self, one: Outcome) -> str:
        return self._guard if one.rule == GUARD else self._others


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.blake2b(digest_size=8)
    for path in sorted(paths):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
