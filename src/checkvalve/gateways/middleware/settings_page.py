"""The tables of the gate's settings, for the documentation: names, defaults and notes as the code has them."""

from checkvalve.gateways.challenges.settings import ChallengeSettings
from checkvalve.gateways.inbound.route import Confirmation, Route
from checkvalve.gateways.middleware.settings import Configured, GateSettings
from checkvalve.guard.policy_page import table

_TITLES = (
    ("Top of the file: `GateSettings`", GateSettings),
    ("`[[routes]]`: `Route`", Route),
    ("`[[confirmations]]`: `Confirmation`", Confirmation),
    ("`[challenge]`: `ChallengeSettings`", ChallengeSettings),
    ("`[pretended]`, `[refused]`, `[waiting]`: `Configured`", Configured),
)


def tables() -> str:
    """Every table of the settings, in Markdown.

    >>> tables().splitlines()[0]
    '### Top of the file: `GateSettings`'
    """
    return "\n\n".join(table(title, kind) for title, kind in _TITLES)
