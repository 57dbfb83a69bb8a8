"""Would the application refuse this request, whoever sends it? By its likeness to those that it accepted.

Whoever sends what the application refuses anyway pays for no message, and could ask about any number for nothing, if a
blocked one were accepted and others refused. So it is learned what accepted requests have in common: their type, their
fields and of which kind, the words in them, how the number is written. What a request has otherwise is its deviation;
whether the application minds such deviations is seen from requests that it answered itself.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import LEAST, Of, Pretence

Shape = Mapping[str, frozenset[str]]
"""What a request has, by kind of trait: ``path``, ``type``, ``written``, ``fields``, ``headers``; ``values`` as
``name=value``."""
FEW = 2
"""Refusals, of as many people, before one is made like them: they say little of whom they are for."""
_MOST = 512
_LONGEST = 64
_DIGITS, _LETTERS = re.compile(r"\d"), re.compile(r"[^\W\d_]")


class Refusal(NamedTuple):
    """The application would refuse: for what, and with this answer; none is known for paths, which it may know."""

    kind: str
    answer: Answer | None


def shape(
    kind: str, written: str, leaves: Iterable[tuple[str, Any]], headers: Iterable[str] = (), path: str = ""
) -> Shape:
    """The traits of a request.

    Args:
        kind: the type of its body.
        written: the number as it stands in it.
        leaves: its values, each with the name of its field.
        headers: names of those that not every client sends.
        path: as it was asked for.

    >>> sorted(shape("application/json", "+44 77", [("json:/phone", "+44 77"), ("json:/n", 1)])["fields"])
    ['json:/n int', 'json:/phone str']
    """
    known = list(leaves)
    return {
        "path": frozenset({path}),
        "type": frozenset({kind}),
        "written": frozenset({re.sub(r"\d+", "9", written)}),
        "fields": frozenset(f"{name} {type(value).__name__}" for name, value in known),
        "values": frozenset(f"{name}={value}"[:_LONGEST] for name, value in known if value != written),
        "headers": frozenset(headers),
    }


class Shapes:
    """What the application accepts and refuses of one route.

    >>> shapes = Shapes("POST /otp")
    >>> plain, odd = shape("json", "+1", [("phone", "+1")]), shape("text", "+1", [("phone", "+1")])
    >>> for n in range(5):
    ...     shapes.accepted(plain)
    >>> for n in range(2):
    ...     shapes.refused(odd, Answer(415, (), b""), Of((str(n),), frozenset({str(n)})), 0.0)
    >>> shapes.refusal(plain, Of(("3",)), 0.0), shapes.refusal(odd, Of(("3",)), 0.0).answer.status
    (None, 415)
    """

    def __init__(self, name: str) -> None:
        self._name, self._lock = name, Lock()
        self._known, self._always = Counter[str](), dict[str, frozenset[str]]()
        self._values: dict[str, Counter[int]] = {}
        self._forms: dict[str, Counter[int]] = {}
        self._refusals: OrderedDict[str, Pretence] = OrderedDict()
        self._minded, self._overlooked = Counter[str](), Counter[str]()
        self._count = 0

    def accepted(self, seen: Shape) -> None:
        """The application accepted such a request."""
        with self._lock:
            self._overlooked.update({kind for kind, _ in self._deviations(seen)} if self._count >= LEAST else ())
            self._count += 1
            for kind, traits in seen.items():
                if kind != "values":
                    self._always[kind] = self._always.get(kind, traits) & traits
                    if len(self._known) < _MOST:
                        self._known.update(f"{kind} {one}" for one in traits)
            for name, value in _pairs(seen["values"]):
                _count(self._values, name, value)
                _count(self._forms, name, _form(value))

    def refused(self, seen: Shape, answer: Answer, of: Of, at: float) -> None:
        """The application refused such a request with this answer."""
        with self._lock:
            if self._count < LEAST:
                return
            for kind, what in self._deviations(seen)[:1]:
                self._minded[kind] += 1
                for key in (kind, f"{kind} {what}"):
                    pretence = self._refusals.setdefault(key, self._unlearned())
                    self._refusals.move_to_end(key)
                    pretence.learn(answer, of, at)
                while len(self._refusals) > _MOST:
                    self._refusals.popitem(last=False)

    def refusal(self, seen: Shape, of: Of, now: float) -> Refusal | None:
        """How would the application refuse this request? None where it would accept it, as far as is known."""
        with self._lock:
            if self._count < LEAST:
                return None
            for kind, what in self._deviations(seen):
                exact = self._refusals.get(f"{kind} {what}")
                if exact is None and self._overlooked[kind] > self._minded[kind]:
                    continue
                made = [one.answer(of, now) for one in (exact, self._refusals.get(kind)) if one is not None]
                answer = next((one for one in made if one is not None), None)
                if answer is not None or kind == "path":
                    return Refusal(kind, answer)
            return None

    def _unlearned(self) -> Pretence:
        otherwise = "blocked callers see what accepted ones see"
        return Pretence(f"{self._name}, as it refuses requests", least=FEW, otherwise=otherwise)

    def deviates(self, seen: Shape) -> bool:
        """Is something in this request otherwise than in those that were accepted?"""
        with self._lock:
            return self._count >= LEAST and bool(self._deviations(seen))

    def _deviations(self, seen: Shape) -> list[tuple[str, str]]:
        """What is otherwise than in accepted requests, what is looked at first by applications first."""
        found = []
        for kind in ("path", "type", "fields", "headers", "written"):
            found += [(kind, f"without {one}") for one in sorted(self._always.get(kind, seen[kind]) - seen[kind])]
            found += [(kind, one) for one in sorted(seen[kind]) if f"{kind} {one}" not in self._known]
        for name, value in _pairs(seen["values"]):
            if _unheard(self._values.get(name), value) or _unheard(self._forms.get(name), _form(value)):
                found.append(("values", name))
        return found


def _pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (one.partition("=") for one in sorted(values))]


def _form(value: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("9", value))


def _count(counts: dict[str, Counter[int]], name: str, text: str) -> None:
    if name in counts or len(counts) < _MOST:
        known, value = counts.setdefault(name, Counter()), hash(text)
        if value in known or len(known) < _MOST:
            known[value] += 1


def _unheard(known: Counter[int] | None, text: str) -> bool:
    """Is this none of the few words of a field? A field in which most values differ has no words."""
    return known is not None and hash(text) not in known and len(known) * 2 <= known.total()
