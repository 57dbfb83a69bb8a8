"""A page that shows a challenge to somebody who sent a plain form, and sends the same form again with the answer.

It holds no script of its own, so that it works under a strict Content-Security-Policy; what the widget needs is loaded
from where its makers, or the settings, say.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

_SCRIPTS = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/api.js",
    "hcaptcha": "https://js.hcaptcha.com/1/api.js",
    "recaptcha": "https://www.google.com/recaptcha/api.js",
}
_CLASSES = {"turnstile": "cf-turnstile", "hcaptcha": "h-captcha", "recaptcha": "g-recaptcha"}


def page(
    shown: dict[str, Any], fields: Sequence[tuple[str, str]], action: str, *, script: str, text: str, button: str
) -> str | None:
    """The page; None for kinds that show nothing by themselves (a score), or where no script is known.

    Args:
        shown: as `Challenges.issue` gives it.
        fields: of the form that was sent.
        action: path and query that it was sent to.
        script: the widget's, where it is one's own.
        text, button: what stands above the widget and on the button.

    >>> shown = {"kind": "hcaptcha", "ticket": "t", "challenge": {"sitekey": "k"}}
    >>> made = page(shown, [("name", 'a"b')], "/otp", script="", text="One moment", button="Go on")
    >>> '<input type="hidden" name="name" value="a&quot;b">' in made, 'data-sitekey="k"' in made
    (True, True)
    """
    kind, challenge = shown["kind"], shown["challenge"]
    source = script or _SCRIPTS.get(kind, "")
    widget = _widget(kind, challenge)
    if not source or widget is None:
        return None
    module = ' type="module"' if kind.startswith("altcha") else ""
    given = [*fields, ("checkvalve_ticket", shown["ticket"])]
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in given
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(text)}</title>"
        f'<script src="{escape(source)}" async defer{module}></script></head>'
        f'<body><form method="post" action="{escape(action)}">{hidden}<p>{escape(text)}</p>{widget}'
        f"<p><button>{escape(button)}</button></p></form></body></html>"
    )


def _widget(kind: str, challenge: dict[str, Any]) -> str | None:
    if kind in ("altcha", "altcha-v1"):
        name = "challenge" if kind == "altcha" else "challengejson"
        return f'<altcha-widget {name}="{escape(msgspec.json.encode(challenge).decode())}"></altcha-widget>'
    if kind not in _CLASSES or (kind == "recaptcha" and "action" in challenge):
        return None
    data = "".join(
        f' data-{name}="{escape(str(challenge[name]))}"'
        for name in ("sitekey", "action", "cdata")
        if name in challenge
    )
    return f'<div class="{_CLASSES[kind]}"{data}></div>'
