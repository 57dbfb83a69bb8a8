"""The page that plain forms see."""

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.challenges.page import page

_ELEMENTS = {"html", "head", "meta", "title", "script", "body", "form", "input", "p", "div", "button"}


class Seen(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element begins."""
        self.elements.append((tag, dict(attrs)))


def made(kind: str, fields: list[tuple[str, str]] | None = None, script: str = "", **challenge: Any) -> str | None:
    """The page of a challenge."""
    shown = {"kind": kind, "ticket": "t", "challenge": challenge}
    return page(shown, fields or [], "/otp?a=1&b=2", script=script, text="Please", button="Go")


@pytest.mark.parametrize(
    ("kind", "challenge", "script", "widget"),
    [
        ("altcha", {"signature": "s"}, "/w.js", ("altcha-widget", {"challenge": '{"signature":"s"}'})),
        ("altcha-v1", {"salt": "s"}, "/w.js", ("altcha-widget", {"challengejson": '{"salt":"s"}'})),
        (
            "turnstile",
            {"sitekey": "k", "action": "otp", "cdata": "c", "field": "f"},
            "",
            ("div", {"class": "cf-turnstile", "data-sitekey": "k", "data-action": "otp", "data-cdata": "c"}),
        ),
        ("hcaptcha", {"sitekey": "k"}, "", ("div", {"class": "h-captcha", "data-sitekey": "k"})),
        ("recaptcha", {"sitekey": "k"}, "", ("div", {"class": "g-recaptcha", "data-sitekey": "k"})),
    ],
)
def test_each_kind_has_its_widget(kind: str, challenge: dict[str, Any], script: str, widget: Any) -> None:
    """The page loads the widget's script and has the element that it looks for, and no script of its own."""
    text = made(kind, script=script, **challenge)
    assert text is not None
    seen = Seen(text).elements
    assert widget in seen
    scripts = [attributes["src"] for tag, attributes in seen if tag == "script"]
    assert len(scripts) == 1
    assert (scripts[0] or "").startswith(script or "https://")
    assert ("form", {"method": "post", "action": "/otp?a=1&b=2"}) in seen


def test_what_shows_nothing_has_no_page() -> None:
    """A score needs a script in the form itself, and ALTCHA's widget is loaded from nowhere but one's own place."""
    assert made("recaptcha-enterprise", sitekey="k") is None
    assert made("recaptcha", sitekey="k", action="otp") is None
    assert made("altcha", signature="s") is None


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_nothing_in_a_form_becomes_markup(fields: list[tuple[str, str]]) -> None:
    """Whatever stood in the form comes back as fields of it, and as nothing else."""
    text = made("hcaptcha", fields, sitekey="k")
    assert text is not None
    plain = [(name, value) for name, value in fields if all(ord(one) >= 32 for one in name + value)]
    seen = Seen(text).elements
    inputs = [(one["name"], one["value"]) for tag, one in seen if tag == "input"]
    assert [pair for pair in plain if pair not in inputs] == []
    assert len(inputs) == len(fields) + 1
    assert {tag for tag, _ in seen} <= _ELEMENTS
