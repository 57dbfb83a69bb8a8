"""How the guard stands in front of an application: which routes, and what a refused caller sees."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.challenges.settings import ChallengeSettings
from checkvalve.gateways.inbound.route import Confirmation, Route

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Size = Annotated[int, msgspec.Meta(ge=1)]


class Configured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that is set by hand."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    body: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=lambda: {"content-type": "application/json"})


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about standing in front of an application; what is decided, and why, is the policy's.

    >>> GateSettings(routes=(Route("/api/otp", ("json:/phone",)),)).blocked
    'pretend'
    """

    routes: tuple[Route, ...] = ()
    """The requests that ask for a message. All others pass untouched."""
    confirmations: tuple[Confirmation, ...] = ()
    """The requests that bring codes. Without them the guard never hears that a code came back."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of your own proxies; their address list is read from the right."""
    client_header: str = "x-forwarded-for"
    """Where your proxies write who asked."""
    ja4_header: str = ""
    """Where a trusted proxy writes the fingerprint of the client's TLS; none if empty."""
    blocked: Literal["pretend", "refuse", "mark"] = "pretend"
    """A blocked caller sees what an accepted one sees, or a refusal; ``mark`` lets the application do it."""
    delayed: Literal["tell", "pretend"] = "tell"
    """A caller who has to wait is told how long (429), or sees what an accepted one sees."""
    waiting: Configured | None = None
    """What a caller sees who has to wait, ``{seconds}`` of it; JSON without it."""
    impossible: Literal["refuse", "pass"] = "refuse"
    """What is no number is refused (422), or passes, for the application to say so: see that it takes nothing else."""
    pretended: Configured | None = None
    """What a blocked caller sees; learned from the application's accepted answers without it."""
    refused: Configured = Configured(403, '{"error":"refused"}')
    """What a refused caller sees, and a blocked one while nothing was learned yet."""
    challenge: ChallengeSettings = ChallengeSettings()
    """Which challenge is shown."""
    challenge_status: Annotated[int, msgspec.Meta(ge=400, le=499)] = 403
    """With which the challenge is shown."""
    ticket: tuple[str, ...] = (
        "json:/checkvalve_ticket",
        "form:checkvalve_ticket",
        "header:x-checkvalve-ticket",
    )
    """Where the ticket of a challenge comes back."""
    solution: tuple[str, ...] = (
        "json:/checkvalve_solution",
        "json:/altcha",
        "form:altcha",
        "form:cf-turnstile-response",
        "form:h-captcha-response",
        "form:g-recaptcha-response",
        "header:x-checkvalve-solution",
    )
    """Where the answer to a challenge comes back."""
    usual_s: tuple[Seconds, Seconds] = (0.2, 0.8)
    """From where to where accepted answers take, until enough of them were timed."""
    longest_hold_s: Seconds = 10.0
    """No answer is held longer."""
    on_error: Literal["open", "closed"] = "open"
    """When the guard itself fails, requests pass, or are refused (503)."""
    missing: Literal["pass", "refuse"] = "pass"
    """A request to a route that names no number passes to the application, or is refused (400)."""
    largest_body: Size = 1 << 18
    """In bytes; a longer request to a route is refused (413), since nobody could see the number in it."""
    in_threads: bool = False
    """ASGI: ask the guard in a thread, where its memory is on another machine."""
    remembered: Size = 200_000
    """Numbers and accounts whose last message is known, for the confirmations."""


def load(path: str | Path) -> GateSettings:
    """The settings that a TOML file describes.

    Raises:
        Usage: with the file and the key of the first mistake.
    """
    todo = "see docs/gateways.md for the names and their values"
    try:
        found: GateSettings = msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), GateSettings)
    except OSError as error:
        raise Usage(f"it cannot be read ({error.strerror})", where=str(path), todo="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"not valid TOML: {error}", where=str(path), todo="correct that line") from error
    except msgspec.ValidationError as error:
        raise Usage(str(error), where=str(path), todo=todo) from error
    return found
