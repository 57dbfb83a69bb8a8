"""Cloudflare Turnstile.

Its widget carries ``cdata``, which comes back when the token is looked at: so a token holds for its attempt only.

Source: Cloudflare, "Turnstile: validate the token" (server-side validation).
"""

from collections.abc import Sequence
from typing import Any

from checkvalve.gateways.challenges.ask import TIMEOUT_S
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.challenges.siteverify import LONGEST_TOKEN, ask, looked_at, needed

URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"


class Turnstile:
    """Cloudflare Turnstile.

    Args:
        sitekey: public key of the widget.
        secret: its secret key.
        hostnames: of the pages that show it; others are refused. None are checked if left out.
        action: what the widget is told it is for; a token for something else is refused.
        url: of the service.
        timeout_s: for each step of asking it.

    Raises:
        Usage: without a site key or a secret.

    >>> Turnstile("key", "secret").shown(Bound("a1", "", 0), 1.0)
    {'sitekey': 'key', 'action': 'checkvalve', 'cdata': 'a1', 'field': 'cf-turnstile-response'}
    """

    name = "turnstile"
    remote = True

    def __init__(
        self,
        sitekey: str,
        secret: str,
        *,
        hostnames: Sequence[str] = (),
        action: str = "checkvalve",
        url: str = URL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._sitekey = needed(self.name, sitekey, "site key")
        self._secret = needed(self.name, secret, "secret")
        self._hostnames, self._action, self._url, self._timeout_s = tuple(hostnames), action, url, timeout_s

    def shown(self, bound: Bound, _effort: float, /) -> dict[str, Any]:
        """What its widget is given."""
        return {
            "sitekey": self._sitekey,
            "action": self._action,
            "cdata": bound.attempt,
            "field": "cf-turnstile-response",
        }

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was it solved on our page, for this attempt? Raises `Unreachable` where the service cannot say."""
        if len(payload) > LONGEST_TOKEN:
            return Verdict(False, "it is no token")
        said = ask(self._url, self._secret, payload, {"remoteip": by.ip}, self._timeout_s)
        verdict = looked_at(said, self._hostnames)
        if verdict.solved and said.action != self._action:
            return Verdict(False, "it was solved for another action")
        if verdict.solved and said.cdata != by.attempt:
            return Verdict(False, "it is of another attempt")
        return verdict
