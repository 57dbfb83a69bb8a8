"""Number patterns read side by side: the small regular language in which number plans are written.

Only what such patterns use is understood: digits, ``\\d``, ``[2-9]``, groups, ``|``, ``?``, ``{n}``, ``{m,n}``, and
a closing ``$``. Anything else raises `PatternError`, so that a new construct is noticed when the tables are built.
"""

import re
from dataclasses import dataclass, field

Positions = frozenset[int]

_TOKEN = re.compile(r"\(\?:|\\d|\[[0-9-]+\]|\{\d+(?:,\d+)?\}|[0-9()|?$]")
_ANY_DIGIT = 0b11_1111_1111


class PatternError(ValueError):
    """A pattern uses something that this reader does not know."""


@dataclass(frozen=True)
class Digit:
    """One digit out of a set: bit d of ``digits`` for digit d."""

    digits: int


@dataclass(frozen=True)
class End:
    """``$``: nothing may follow."""


@dataclass(frozen=True)
class Sequence:
    """One item after the other."""

    items: tuple["Tree", ...]


@dataclass(frozen=True)
class Choice:
    """Any of the branches."""

    branches: tuple["Tree", ...]


@dataclass(frozen=True)
class Repeat:
    """An item ``least`` to ``most`` times."""

    item: "Tree"
    least: int
    most: int


Tree = Digit | End | Sequence | Choice | Repeat


class _Reader:
    """Recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens = _TOKEN.findall(pattern)
        if "".join(self._tokens) != pattern:
            raise PatternError(f"unknown construct in {pattern!r}")
        self._tokens.reverse()

    def tree(self) -> Tree:
        tree = self._choice()
        if self._tokens:
            raise PatternError(f"unbalanced group in {self._pattern!r}")
        return tree

    def _choice(self) -> Tree:
        branches = [self._sequence()]
        while self._next_is("|"):
            self._tokens.pop()
            branches.append(self._sequence())
        return Choice(tuple(branches))

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while self._tokens and self._tokens[-1] not in "|)":
            items.append(self._repeated(self._atom(self._tokens.pop())))
        return Sequence(tuple(items))

    def _atom(self, symbol: str) -> Tree:
        if symbol in ("(", "(?:"):
            inner = self._choice()
            if not self._next_is(")"):
                raise PatternError(f"unbalanced group in {self._pattern!r}")
            self._tokens.pop()
            return inner
        if symbol == "$":
            return End()
        if symbol == "\\d":
            return Digit(_ANY_DIGIT)
        if symbol.isdigit():
            return Digit(1 << int(symbol))
        if symbol.startswith("["):
            return Digit(_digit_set(symbol[1:-1]))
        raise PatternError(f"nothing to repeat in {self._pattern!r}")

    def _repeated(self, item: Tree) -> Tree:
        if self._next_is("?"):
            self._tokens.pop()
            return Repeat(item, 0, 1)
        if self._tokens and self._tokens[-1].startswith("{"):
            least, _, most = self._tokens.pop()[1:-1].partition(",")
            return Repeat(item, int(least), int(most or least))
        return item

    def _next_is(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[-1] == token


def read_pattern(pattern: str) -> Tree:
    """What a pattern consists of.

    >>> read_pattern("[23]")
    Choice(branches=(Sequence(items=(Digit(digits=12),)),))
    """
    return _Reader(pattern).tree()


def _digit_set(members: str) -> int:
    """The bits of ``3-57`` (3, 4, 5 and 7)."""
    bits = 0
    for first, last in re.findall(r"(\d)(?:-(\d))?", members):
        for digit in range(int(first), int(last or first) + 1):
            bits |= 1 << digit
    return bits


@dataclass
class PatternSet:
    """Which of several patterns have been read to their end, digit by digit?

    A set of positions says how far each pattern has come: `start` gives a pattern's first ones, `after` moves on by
    a digit, `matched` names the patterns that end there. Equal tails of patterns are shared, so sets stay small.

    >>> patterns = PatternSet()
    >>> here = patterns.start("(?:20|9[03-5])\\\\d", "mobile")
    >>> for digit in (9, 4, 7):
    ...     here = patterns.after(here, digit)
    >>> patterns.matched(here)
    {'mobile'}
    """

    _digits: list[int] = field(default_factory=list)
    _after: list[Positions] = field(default_factory=list)
    _known: dict[tuple[int, Positions], int] = field(default_factory=dict)
    _ends: dict[int, str] = field(default_factory=dict)

    def start(self, pattern: str, name: str) -> Positions:
        """The positions before the first digit of ``pattern``; ``name`` stands for it in `matched`.

        Where an alternative closes with ``$``, `matched` says ``name + "$"``: that holds only if no digit follows.
        """
        return self._before(read_pattern(pattern), self._end(name), self._end(name + "$"))

    def after(self, positions: Positions, digit: int) -> Positions:
        """The positions that one digit leads to."""
        bit = 1 << digit
        return frozenset().union(*(self._after[p] for p in positions if self._digits[p] & bit))

    def matched(self, positions: Positions) -> set[str]:
        """The names of the patterns that end here."""
        return {self._ends[p] for p in positions if p in self._ends}

    def _before(self, tree: Tree, after: Positions, strict_end: Positions) -> Positions:
        """The positions before ``tree``, given those after it: a pattern is laid out from its end to its start."""
        match tree:
            case Digit(digits):
                return frozenset((self._place(digits, after),))
            case End():
                return strict_end
            case Sequence(items):
                for item in reversed(items):
                    after = self._before(item, after, strict_end)
                return after
            case Choice(branches):
                return frozenset().union(*(self._before(branch, after, strict_end) for branch in branches))
            case Repeat(item, least, most):
                once_more = after
                for _ in range(most - least):
                    once_more = self._before(item, once_more, strict_end) | after
                for _ in range(least):
                    once_more = self._before(item, once_more, strict_end)
                return once_more

    def _place(self, digits: int, after: Positions) -> int:
        if (digits, after) not in self._known:
            self._known[digits, after] = len(self._digits)
            self._digits.append(digits)
            self._after.append(after)
        return self._known[digits, after]

    def _end(self, name: str) -> Positions:
        position = len(self._digits)
        self._digits.append(0)
        self._after.append(frozenset())
        self._ends[position] = name
        return frozenset((position,))
