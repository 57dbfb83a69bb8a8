"""reCAPTCHA with a key of its own secret: version 2 (a box to tick, or invisible) and version 3 (a score).

A token is not bound to anything by the service; it holds once, and here for the attempt that it is given with.
The score is a trust: 1 is a person, 0 a machine.

Source: Google, "reCAPTCHA: verifying the user's response" and "reCAPTCHA v3".
"""

from collections.abc import Sequence
from typing import Any

from checkvalve.gateways.challenges.ask import TIMEOUT_S
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.challenges.siteverify import LONGEST_TOKEN, ask, looked_at, needed

URL = "https://www.google.com/recaptcha/api/siteverify"


class ReCaptcha:
    """reCAPTCHA, version 2 or 3.

    Args:
        sitekey: public key of the site.
        secret: its secret key.
        hostnames: of the pages that show it; others are refused. None are checked if left out.
        action: of version 3; a token for something else is refused. Version 2 has none.
        least_score: of version 3; None for version 2. A token without a score is then refused.
        url: of the service; ``https://www.recaptcha.net/recaptcha/api/siteverify`` where google.com is not reachable.
        timeout_s: for each step of asking it.

    Raises:
        Usage: without a site key or a secret.

    >>> ReCaptcha("key", "secret", action="otp", least_score=0.5).shown(Bound("a1", "", 0), 1.0)
    {'sitekey': 'key', 'field': 'g-recaptcha-response', 'action': 'otp'}
    """

    name = "recaptcha"
    remote = True

    def __init__(
        self,
        sitekey: str,
        secret: str,
        *,
        hostnames: Sequence[str] = (),
        action: str | None = None,
        least_score: float | None = None,
        url: str = URL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._sitekey = needed(self.name, sitekey, "site key")
        self._secret = needed(self.name, secret, "secret")
        self._hostnames, self._action, self._least_score = tuple(hostnames), action, least_score
        self._url, self._timeout_s = url, timeout_s

    def shown(self, _bound: Bound, _effort: float, /) -> dict[str, Any]:
        """What its script is given."""
        told = {"sitekey": self._sitekey, "field": "g-recaptcha-response"}
        return told if self._action is None else {**told, "action": self._action}

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was it solved on our page? Raises `Unreachable` where the service cannot say."""
        if len(payload) > LONGEST_TOKEN:
            return Verdict(False, "it is no token")
        said = ask(self._url, self._secret, payload, {"remoteip": by.ip}, self._timeout_s)
        verdict = looked_at(said, self._hostnames)
        if verdict.solved and self._action is not None and said.action != self._action:
            return Verdict(False, "it was solved for another action")
        if verdict.solved and self._least_score is not None and (said.score or 0.0) < self._least_score:
            return Verdict(False, "its score is too low")
        return verdict
