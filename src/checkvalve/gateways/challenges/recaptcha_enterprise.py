"""reCAPTCHA Enterprise: an assessment of a token, with a score.

Source: Google Cloud, "reCAPTCHA: create assessments for websites" (``projects.assessments.create``).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from checkvalve.gateways.challenges.ask import TIMEOUT_S, ask_json
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.challenges.siteverify import LONGEST_TOKEN, needed

URL = "https://recaptchaenterprise.googleapis.com"


class _Token(msgspec.Struct):
    valid: bool = False
    hostname: str | None = None
    action: str | None = None


class _Risk(msgspec.Struct):
    score: float | None = None


class _Assessment(msgspec.Struct):
    token: _Token = msgspec.field(name="tokenProperties")
    risk: _Risk = msgspec.field(name="riskAnalysis", default_factory=_Risk)


class ReCaptchaEnterprise:
    """reCAPTCHA Enterprise.

    Args:
        project: of Google Cloud.
        sitekey: of the site.
        api_key: that may create assessments; it is sent as a header.
        hostnames: of the pages that show it; others are refused. None are checked if left out.
        action: what the page says it is for; a token for something else is refused. Keys with a box have none.
        least_score: None where the score does not matter (keys with a box).
        url: of the service.
        timeout_s: for each step of asking it.

    Raises:
        Usage: without a project, a site key or an API key.

    >>> ReCaptchaEnterprise("shop", "key", "secret").shown(Bound("a1", "", 0), 1.0)
    {'sitekey': 'key', 'field': 'g-recaptcha-response', 'action': 'otp'}
    """

    name = "recaptcha-enterprise"
    remote = True

    def __init__(
        self,
        project: str,
        sitekey: str,
        api_key: str,
        *,
        hostnames: Sequence[str] = (),
        action: str | None = "otp",
        least_score: float | None = 0.5,
        url: str = URL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._sitekey = needed(self.name, sitekey, "site key")
        self._headers = {"x-goog-api-key": needed(self.name, api_key, "API key")}
        self._url = f"{url}/v1/projects/{needed(self.name, project, 'project')}/assessments"
        self._hostnames, self._action, self._least_score = tuple(hostnames), action, least_score
        self._timeout_s = timeout_s

    def shown(self, _bound: Bound, _effort: float, /) -> dict[str, Any]:
        """What its script is given."""
        told = {"sitekey": self._sitekey, "field": "g-recaptcha-response"}
        return told if self._action is None else {**told, "action": self._action}

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was it solved on our page? Raises `Unreachable` where the service cannot say."""
        if len(payload) > LONGEST_TOKEN:
            return Verdict(False, "it is no token")
        event = {
            "token": payload,
            "siteKey": self._sitekey,
            "expectedAction": self._action,
            "userIpAddress": by.ip,
        }
        asked = {"event": {name: value for name, value in event.items() if value}}
        said = ask_json(self._url, asked, self._headers, _Assessment, self._timeout_s)
        if not said.token.valid:
            return Verdict(False, "the service refused it")
        if self._hostnames and said.token.hostname not in self._hostnames:
            return Verdict(False, "it was solved on another host")
        if self._action is not None and said.token.action != self._action:
            return Verdict(False, "it was solved for another action")
        if self._least_score is not None and (said.risk.score or 0.0) < self._least_score:
            return Verdict(False, "its score is too low")
        return Verdict(True)
