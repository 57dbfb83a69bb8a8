"""Reading a policy, with the place of every mistake; and reading it again when it has changed."""

import math
import re
import tomllib
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path

import msgspec

from checkvalve.errors import Usage
from checkvalve.guard.exceptions import network_of
from checkvalve.guard.policy import Allow, NewCountry, Policy
from checkvalve.numbering import countries, e164
from checkvalve.numbering.tree import prefix_digits

_TODO = "see docs/guard.md for the names and their values"
_NAMED = ("number", "range", "address", "network", "country")
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_HEADER = re.compile(r"\s*\[\[?\s*([\w.\-]+)\s*\]")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


class PolicyError(Usage):
    """A policy cannot be used; ``line`` is that of the mistake (None where it has none), ``key`` names the value."""

    def __init__(self, what: str, path: Path, line: int | None, key: str, todo: str) -> None:
        self.line, self.key = line, key
        where = ", ".join(part for part in (f"{path}:{line}" if line else str(path), key) if part)
        super().__init__(what, where=where, todo=todo)


def load(path: Path) -> Policy:
    """The policy that a TOML file describes.

    Raises:
        PolicyError: with file, line and key of the first mistake, and what to do.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"
        raise PolicyError(f"the policy cannot be read ({reason})", path, None, "", "check the path") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Policy:
    """The policy that a text describes; ``path`` is named in mistakes.

    >>> parse("[harm]\\nblocked_usd = 20", Path("policy.toml")).harm.blocked_usd
    20.0
    >>> parse("[harm]\\nblocked = 20", Path("policy.toml"))
    Traceback (most recent call last):
    ...
    checkvalve.guard.policy_file.PolicyError: policy.toml:2, harm.blocked: no such setting.
    What to do: did you mean blocked_usd?
    """
    try:
        policy: Policy = msgspec.convert(tomllib.loads(text), Policy)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1  # else it is "at end of document"
        raise PolicyError(f"not valid TOML: {error}", path, line, "", "correct that line") from error
    except msgspec.ValidationError as error:
        raise _located(str(error), text, path) from error
    for key, what in _mistakes(policy):
        raise PolicyError(what, path, line_of(text, key), key, _TODO)
    return policy


def checked(policy: Policy) -> Policy:
    """The policy as it is, where a file could say the same.

    Raises:
        Usage: for one that was made in Python with a value that no file may hold.

    >>> checked(Policy(mode="enforced"))
    Traceback (most recent call last):
    ...
    checkvalve.errors.Usage: policy: invalid enum value 'enforced' - at `$.mode`.
    What to do: see docs/guard.md for the names and their values
    """
    try:
        msgspec.convert(msgspec.to_builtins(policy), Policy)
    except msgspec.ValidationError as error:
        text = str(error)
        raise Usage(text[:1].lower() + text[1:], where="policy", todo=_TODO) from error
    for key, what in _mistakes(policy):
        raise Usage(what, where=f"policy, {key}", todo=_TODO)
    return policy


class PolicyFile:
    """A policy file that may change while the guard works."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.policy = load(path)
        self._seen = self._stamp()

    def changed(self) -> Policy | None:
        """The policy if the file has changed since the last call, else None.

        A file that cannot be used raises `PolicyError` once; the policy before it goes on.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        self.policy = load(self.path)
        return self.policy

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0, 0
        return found.st_mtime_ns, found.st_size, found.st_ino


def line_of(text: str, key: str) -> int | None:
    """In which line does a key stand, as far as its table can be found? Keys as in ``allow[1].range``.

    >>> line_of("mode = 'shadow'\\n[[allow]]\\nrange = '+1'\\n[[allow]]\\nrange = '+2'", "allow[1].range")
    5
    """
    place = re.fullmatch(r"(?:(?P<table>[\w.]+?)(?:\[(?P<nth>\d+)\])?\.)?(?P<name>\w+)(?:\[\d+\])?", key)
    if place is None:
        return None
    current, seen, start = "", -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            current = header[1]
            seen += current == place["table"]
            if current in (place["name"], place["table"]) and (
                place["table"] is None or seen == int(place["nth"] or 0)
            ):
                start = start or number
        elif (
            current == (place["table"] or "")
            and seen in (-1, int(place["nth"] or 0))
            and re.match(rf"\s*{place['name']}\s*=", line)
        ):
            return number
    return start


def _located(message: str, text: str, path: Path) -> PolicyError:
    found = _PATH.search(message)
    key = found["path"] if found else ""
    what = _PATH.sub("", message)
    unknown = _UNKNOWN.search(what)
    if unknown:
        key = f"{key}.{unknown['name']}" if key else unknown["name"]
        near = get_close_matches(unknown["name"], _known_names(), n=1)
        todo = f"did you mean {near[0]}?" if near else _TODO
        return PolicyError("no such setting", path, line_of(text, key), key, todo)
    return PolicyError(what[:1].lower() + what[1:], path, line_of(text, key), key, _TODO)


def _known_names() -> list[str]:
    names = []
    for one in msgspec.structs.fields(Policy):
        names.append(one.name)
        kind = one.type if isinstance(one.type, type) else getattr(one.type, "__args__", (None,))[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            names += [inner.name for inner in msgspec.structs.fields(kind)]
    return names


def _mistakes(policy: Policy) -> list[tuple[str, str]]:
    """What the types cannot say, each with its key."""
    found = [mistake for nth, one in enumerate(policy.allow) for mistake in _entry_mistakes(f"allow[{nth}]", one)]
    known = set(countries())
    for nth, budget in enumerate(policy.budgets):
        if budget.country not in (None, "each") and budget.country not in known:
            found.append((f"budgets[{nth}].country", f"{budget.country!r} is no country code"))
    found += _country_mistakes(policy.new_country, known)
    if policy.challenge.solved_by_machines >= policy.challenge.solved_by_people:
        found.append(("challenge.solved_by_machines", "a challenge that machines solve as often as people is none"))
    found += [(key, "it must be finite") for key in _infinite(msgspec.to_builtins(policy))]
    if policy.challenge.most_effort < policy.challenge.effort:
        found.append(("challenge.most_effort", "suspicion cannot make a challenge easier"))
    return found


def _infinite(value: object, key: str = "") -> list[str]:
    """The keys of all figures that are infinite or none; TOML knows both."""
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in _infinite(inner, f"{key}.{name}" if key else name)]
    if isinstance(value, list | tuple):
        return [one for nth, inner in enumerate(value) for one in _infinite(inner, f"{key}[{nth}]")]
    return [key] if isinstance(value, float) and not math.isfinite(value) else []


def _country_mistakes(rule: NewCountry, known: set[str | None]) -> list[tuple[str, str]]:
    return [("new_country.closed", f"{code!r} is no country code") for code in rule.closed if code not in known]


def _entry_mistakes(key: str, entry: Allow) -> list[tuple[str, str]]:
    given = [name for name in _NAMED if getattr(entry, name) is not None]
    if len(given) != 1:
        return [(f"{key}.owner", f"name exactly one of {', '.join(_NAMED)}, not {len(given)}")]
    if not entry.owner.strip() or not entry.reason.strip():
        return [(f"{key}.owner", "an exception needs an owner and a reason")]
    name, value = given[0], getattr(entry, given[0])
    checks: dict[str, Callable[[str], object]] = {
        "number": _number,
        "range": _range,
        "address": ip_address,
        "network": _network,
        "country": _country,
    }
    try:
        checks[name](value)
    except ValueError as error:
        return [(f"{key}.{name}", str(error))]
    return []


def _number(text: str) -> None:
    if e164(text) is None:
        raise ValueError("no international number, as in +15005550006")


def _range(text: str) -> None:
    if not prefix_digits(text):
        raise ValueError("all numbers of the world are no range: write + and digits, as in +4477009")


def _network(text: str) -> None:
    if not network_of(text).prefixlen:
        raise ValueError("all addresses of the world are no network: write one as in 203.0.113.0/24")


def _country(text: str) -> None:
    if text not in countries():
        raise ValueError(f"{text!r} is no country code of two capital letters")


def expired(policy: Policy, today: date) -> list[Allow]:
    """Which exceptions no longer hold, so that somebody can tidy up?"""
    return [one for one in policy.allow if one.expires < today]
