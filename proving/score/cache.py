"""Marks of runs that are done, so that a long evaluation can be stopped and go on."""

import hashlib
from pathlib import Path

import msgspec

import checkvalve
from proving.score.marks import Marks

LEFT_OUT = {"cli", "export", "gateways"}
"""Parts of the package that change no result."""


class Kept(msgspec.Struct):
    """One line of the file."""

    key: str
    marks: Marks


def fingerprint(*others: Path) -> str:
    """Which state of the code do the marks belong to? Every file that may change a result counts, ``others`` too."""
    package = Path(checkvalve.__file__).parent
    total = hashlib.blake2b(digest_size=8)
    makers = others or tuple(Path(__file__).with_name(name) for name in ("marks.py", "runs.py"))
    for path in sorted([*package.rglob("*"), *makers]):
        if path.suffix in (".pyc", ".html", ".css") or not path.is_file():
            continue
        if package in path.parents and path.relative_to(package).parts[0] in LEFT_OUT:
            continue
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


class Cache:
    """A file of marks, one line a run; lines of other states of the code are kept and not used."""

    def __init__(self, path: Path, state: str | None = None) -> None:
        self._path = path
        self._state = state or fingerprint()
        self._known: dict[str, Marks] = {}
        if path.exists():
            for line in path.read_bytes().splitlines():
                try:
                    one = msgspec.json.decode(line, type=Kept)
                except msgspec.DecodeError:
                    continue  # a line that was being written when the run was stopped
                self._known[one.key] = one.marks

    def get(self, scenario: str, seed: int, size: str) -> Marks | None:
        """The marks of a run that is done."""
        return self._known.get(self._key(scenario, seed, size))

    def put(self, marks: Marks, size: str) -> None:
        """Keep the marks of a run, at once."""
        key = self._key(marks.scenario, marks.seed, size)
        self._known[key] = marks
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(Kept(key, marks)) + b"\n")

    def _key(self, scenario: str, seed: int, size: str) -> str:
        return f"{self._state}/{scenario}/{seed}/{size}"
