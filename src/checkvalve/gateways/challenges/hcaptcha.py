"""hCaptcha, free and Enterprise.

A token is not bound to anything by the service; it holds once, and here for the attempt that it is given with.
The score of Enterprise is a risk: 0 is none, 1 is certain.

Source: hCaptcha, "Developer guide: verify the user response server side".
"""

from collections.abc import Sequence
from typing import Any

from checkvalve.gateways.challenges.ask import TIMEOUT_S
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.challenges.siteverify import LONGEST_TOKEN, ask, looked_at, needed

URL = "https://api.hcaptcha.com/siteverify"


class HCaptcha:
    """hCaptcha.

    Args:
        sitekey: public key of the site; the service refuses tokens of others.
        secret: of the account.
        hostnames: of the pages that show it; others are refused. None are checked if left out.
        most_risk: tokens with a higher score are refused; only Enterprise gives one.
        url: of the service.
        timeout_s: for each step of asking it.

    Raises:
        Usage: without a site key or a secret.

    >>> HCaptcha("key", "secret").shown(Bound("a1", "", 0), 1.0)
    {'sitekey': 'key', 'field': 'h-captcha-response'}
    """

    name = "hcaptcha"
    remote = True

    def __init__(
        self,
        sitekey: str,
        secret: str,
        *,
        hostnames: Sequence[str] = (),
        most_risk: float = 0.7,
        url: str = URL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._sitekey = needed(self.name, sitekey, "site key")
        self._secret = needed(self.name, secret, "secret")
        self._hostnames, self._most_risk = tuple(hostnames), most_risk
        self._url, self._timeout_s = url, timeout_s

    def shown(self, _bound: Bound, _effort: float, /) -> dict[str, Any]:
        """What its widget is given."""
        return {"sitekey": self._sitekey, "field": "h-captcha-response"}

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was it solved on our page? Raises `Unreachable` where the service cannot say."""
        if len(payload) > LONGEST_TOKEN:
            return Verdict(False, "it is no token")
        more = {"remoteip": by.ip, "sitekey": self._sitekey}
        said = ask(self._url, self._secret, payload, more, self._timeout_s)
        verdict = looked_at(said, self._hostnames)
        if verdict.solved and said.score is not None and said.score > self._most_risk:
            return Verdict(False, "the service thinks it too risky")
        return verdict
