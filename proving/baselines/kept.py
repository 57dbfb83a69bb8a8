"""Outcomes in a file, so that a run can be stopped and go on."""

import hashlib
import inspect
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import msgspec

import checkvalve.guard
import checkvalve.native
import checkvalve.numbering
import checkvalve.simulation
import checkvalve.statistics
from proving.baselines.loop import Outcome
from proving.baselines.rule import Published, Values
from proving.baselines.rules import RULES
from proving.baselines.rules.checkvalve_guard import RULE as GUARD

_MEASURING = ("attacker", "loop", "rule", "stream", "windows", "rules/features")
"""What outcomes depend on, beside the rule's own file and the simulation."""
_GUARD = (checkvalve.guard, checkvalve.native, checkvalve.numbering, checkvalve.statistics)
"""What the guard's depend on as well."""


class Kept:
    """A file of outcomes. What was measured with other code, of the rule or of the loop, is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found = self.measured = 0
        """Outcomes that were known, and that were not."""
        own = Path(__file__).parent
        loop = [own / f"{name}.py" for name in _MEASURING] + _files(checkvalve.simulation)
        guard = [file for package in _GUARD for file in _files(package)]
        self.states = {
            name: _digest([*loop, _own_file(one), *(guard if one is GUARD else ())]) for name, one in RULES.items()
        }
        """By rule: what stands for the code that its outcomes depend on."""
        self._known: dict[str, Outcome] = {}
        for line in path.read_bytes().splitlines() if path.exists() else ():
            state, _, rest = line.partition(b" ")
            if state.decode() in self.states.values():
                outcome = msgspec.json.decode(rest, type=Outcome)
                if state.decode() == self.states.get(outcome.rule):
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

    def put(self, one: Outcome) -> str:
        """Keep it; the key under which it is found."""
        self.measured += 1
        key = self._key_of(one)
        self._known[key] = one
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(f"{self.states[one.rule]} ".encode() + msgspec.json.encode(one) + b"\n")
        return key

    def _key_of(self, one: Outcome) -> str:
        return self.key(f"{one.family}/{one.seed}/{one.size}", one.rule, one.values, one.moving)


def _own_file(one: Published) -> Path:
    return Path(inspect.getfile(one.make))


def _files(package: ModuleType) -> list[Path]:
    return [one for one in Path(str(package.__file__)).parent.rglob("*") if one.suffix in {".py", ".c", ".h"}]


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.blake2b(digest_size=8)
    for path in sorted(paths):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
