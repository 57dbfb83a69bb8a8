"""Which program does a user agent name: a browser, an app, a library, a robot?

The rules are those that the field shares (uap-core, through ``ua-parser``), with their compiled expressions; what is
added here is `kind`. An agent is what a client says of itself: one that lies says ``browser``. So nothing is proved
by it, and a library that says so asks for codes without anybody looking at a form.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

Kind = Literal["browser", "app", "library", "headless", "robot", "unknown"]
_LONGEST = 512
"""Rules look at the beginning; a client may send a megabyte."""
_HEADLESS = ("Headless", "PhantomJS", "Electron")


@dataclass(frozen=True, slots=True)
class Agent:
    """What an agent says of itself; what it leaves open is None."""

    kind: Kind
    family: str | None = None
    version: str | None = None
    os: str | None = None
    device: str | None = None


UNKNOWN = Agent("unknown")


@cache
def load_rules() -> None:
    """Have the rules ready, for whoever has time before the first agent is asked about: they take a tenth of a second.

    >>> load_rules()
    """
    agent_of("")


@lru_cache(maxsize=1 << 16)
def agent_of(text: str) -> Agent:
    """What does the agent say of itself?

    >>> agent_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0")
    Agent(kind='browser', family='Chrome', version='131', os='Windows 10', device=None)
    >>> agent_of("python-requests/2.32.3").kind, agent_of("Mozilla/5.0 (compatible; Googlebot/2.1)").kind
    ('library', 'robot')
    >>> agent_of("gibberish")
    Agent(kind='unknown', family=None, version=None, os=None, device=None)
    """
    from ua_parser import parse  # its rules take long to import

    cut = text[:_LONGEST]
    found = parse(cut)
    browser, system, device = found.user_agent, found.os, found.device
    family = browser.family if browser else None
    named = " ".join(part for part in (system.family, system.major) if part) if system else None
    if device is not None and device.family == "Spider":
        kind: Kind = "robot"
    elif family is not None and family.startswith(_HEADLESS):
        kind = "headless"
    elif system is not None:
        kind = "browser" if cut.startswith(("Mozilla/", "Opera/")) else "app"
    else:
        kind = "library" if family else "unknown"
    version = browser.major if browser else None
    return Agent(kind, family, version, named, device.family if device and kind != "robot" else None)
