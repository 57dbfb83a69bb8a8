"""What a user may set: one TOML file, validated with located errors. Every setting has a working default."""

import difflib
import re
import tomllib
from ipaddress import ip_network
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from checkvalve.errors import Usage

_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_SEND_PATH = re.compile(r"(?:[A-Za-z]{1,20}\s+)?/\S*")
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read logs that do not say everything themselves."""

    time_zone: str = "UTC"
    """Zone of times that are written without one, but for logs whose vendor fixes UTC."""
    default_country: str | None = None
    """Country (two letters) of numbers that are written as dialled at home; None leaves such numbers unknown."""
    currency: str | None = None
    """Currency of prices whose record names none (Twilio BulkExport); None leaves them without."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed, read from the right."""
    usd_per: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}
    """US dollars for one unit of another currency; a currency without a rate stays out of the sums in USD."""
    sns_success_sample_rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    """Share of successful deliveries that SNS writes to its log."""
    mappings: tuple[str, ...] = ()
    """Files that describe logs of your own (docs/sources/mapping.md); a path begins at the settings file."""
    address_databases: tuple[str, ...] = ()
    """Files in MaxMind's format (.mmdb) that know the country or the network (ASN) of an address; a path as above."""


class Detection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How loud to be, and what the business considers normal."""

    false_alarms_per_week: Positive = 0.05
    """Promised upper bound of false alarms over all series together: one in twenty weeks by default."""
    conversion_floor: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.45
    """Conversion assumed of honest traffic before the evidence tells (published range 0.45 to 0.9)."""
    minimum_loss_usd: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """A case that cost less is kept but never escalated."""
    inquiry: Literal["open", "explained", "unexplained"] = "open"
    """Answer of the business unit about the cost of these cases; criterion E3 waits for it."""
    send_paths: tuple[str, ...] = ()
    """Paths that send messages, when known; empty: found from the evidence."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of an investigation.

    >>> Settings().detection.false_alarms_per_week
    0.05
    """

    logs: Logs = Logs()
    detection: Detection = Detection()


def load(path: Path) -> Settings:
    """Read settings from a TOML file; raises `Usage` with the place of the first mistake."""
    given: dict[str, object] = {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        settings: Settings = msgspec.convert(given, Settings)
    except OSError as error:
        what = f"settings cannot be read ({(error.strerror or str(error)).lower()})"
        raise Usage(what, where=str(path), todo="check the path and its rights; it is one TOML file") from error
    except UnicodeDecodeError as error:
        todo = "save it as UTF-8 (editors offer that as the encoding)"
        raise Usage(f"not UTF-8 text (byte {error.start + 1:,})", where=str(path), todo=todo) from error
    except tomllib.TOMLDecodeError as error:
        raise Usage(f"not valid TOML: {error}", where=str(path), todo="correct the line named above") from error
    except msgspec.ValidationError as error:
        raise _wrong(path, str(error), given) from error
    _check_finite(path, settings)
    _check(path, settings.logs)
    check_paths(settings.detection.send_paths, f"{path}, detection.send_paths")
    logs = msgspec.structs.replace(
        settings.logs,
        mappings=_beside(path, settings.logs.mappings),
        address_databases=_beside(path, settings.logs.address_databases),
    )
    return msgspec.structs.replace(settings, logs=logs)


def _wrong(path: Path, told: str, given: dict[str, object]) -> Usage:
    """What the types refused, with the place in the file, and the name that was meant."""
    what, _, place = told.partition(" - at `$")
    place = place.strip(".`")
    if place == "logs.usd_per[...]":
        place = f"logs.usd_per.{_wrong_rate(given)}"
    unknown = _UNKNOWN.search(what)
    if unknown is None:
        where = f"{path}, {place}" if place else str(path)
        return Usage(what, where=where, todo="see docs/settings.md for the names and types")
    parts: dict[str, type[msgspec.Struct]] = {"logs": Logs, "detection": Detection}
    kind = parts.get(place, Settings)
    names = [one.name for one in msgspec.structs.fields(kind)]
    near = difflib.get_close_matches(unknown[1], names, n=1)
    todo = f"did you mean {near[0]!r}?" if near else f"the names are {', '.join(names)}"
    where = ".".join(filter(None, (place, unknown[1])))
    return Usage(f"there is no setting {unknown[1]!r}", where=f"{path}, {where}", todo=todo)


def _wrong_rate(given: dict[str, object]) -> str:
    """For which currency does the table of rates not hold a number above 0?"""
    logs = given.get("logs")
    rates = logs.get("usd_per") if isinstance(logs, dict) else None
    named = rates.items() if isinstance(rates, dict) else []
    return next((code for code, rate in named if type(rate) not in (int, float) or not rate > 0), "…")


def _check_finite(path: Path, settings: Settings) -> None:
    """TOML has ``nan`` and ``inf``, which no bound of a type refuses in all cases and no figure survives."""
    found = msgspec.to_builtins(settings)
    for part, values in found.items():
        for name, value in values.items():
            held = value.items() if isinstance(value, dict) else [("", value)]
            for key, number in held:
                if isinstance(number, float) and not isfinite(number):
                    where = ".".join(filter(None, (part, name, key)))
                    what, todo = f"{number} is no amount", "write a finite number, such as 0.05"
                    raise Usage(what, where=f"{path}, {where}", todo=todo)


def check_paths(paths: tuple[str, ...], where: str) -> None:
    """Are these paths of a web site, with or without a method? Raises `Usage` for the first that is none.

    >>> check_paths(("/api/otp/send", "POST /signup"), "--endpoint")
    >>> check_paths(("otp",), "--endpoint")
    Traceback (most recent call last):
    checkvalve.errors.Usage: --endpoint: 'otp' is no path. What to do: write '/path' or 'POST /path'
    """
    for path in paths:
        if not _SEND_PATH.fullmatch(path.strip()):
            raise Usage(f"{path!r} is no path", where=where, todo="write '/path' or 'POST /path'")


def _check(path: Path, logs: Logs) -> None:
    """Say before any log is read what only a log would stumble over."""
    for network in logs.trusted_proxies:
        try:
            ip_network(network.strip(), strict=False)
        except ValueError as error:
            todo = "write networks such as '10.0.0.0/8' or '2001:db8::/32'"
            raise Usage(str(error), where=f"{path}, logs.trusted_proxies", todo=todo) from error
    try:
        ZoneInfo(logs.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        what, todo = f"there is no time zone {logs.time_zone!r}", "write it like Europe/Berlin or UTC"
        raise Usage(what, where=f"{path}, logs.time_zone", todo=todo) from error
    for name, codes in (("currency", [logs.currency or "USD"]), ("usd_per", list(logs.usd_per))):
        for code in codes:
            if not _CURRENCY.fullmatch(code):
                what, todo = f"{code!r} is no currency", "write its three letters, such as 'EUR'"
                raise Usage(what, where=f"{path}, logs.{name}", todo=todo)
    for code, rate in logs.usd_per.items():
        if code.upper() == "USD" and rate != 1:
            what, todo = (
                f"a US dollar is one US dollar, and not {rate:g}",
                "leave it out, and name other currencies",
            )
            raise Usage(what, where=f"{path}, logs.usd_per.{code}", todo=todo)
    if logs.default_country is not None and not _COUNTRY.fullmatch(logs.default_country):
        what, todo = f"{logs.default_country!r} is no country", "write its two letters, such as 'GB'"
        raise Usage(what, where=f"{path}, logs.default_country", todo=todo)


def _beside(file: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Paths that a settings file names, as seen from where the command runs."""
    return tuple(str(file.parent / name) for name in names)
