"""What an agent says of itself: the kind of program first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.network.agents import UNKNOWN, Agent, agent_of

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("text", "kind", "family"),
    [
        (CHROME, "browser", "Chrome"),
        (IPHONE, "browser", "Mobile Safari"),
        ("curl/8.5.0", "library", "curl"),
        ("python-requests/2.32.3", "library", "Python Requests"),
        ("Go-http-client/2.0", "library", "Go-http-client"),
        ("okhttp/4.12.0", "library", "okhttp"),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), "headless", "HeadlessChrome"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "robot", "Googlebot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "robot", "bingbot"),
        ("Dalvik/2.1.0 (Linux; U; Android 14; SM-S918B Build/UP1A)", "app", "Android"),
        ("zzz", "unknown", None),
        ("", "unknown", None),
    ],
)
def test_kinds(text: str, kind: str, family: str | None) -> None:
    """Browsers, apps, libraries, headless browsers and robots are told apart by what they say."""
    found = agent_of(text)
    assert (found.kind, found.family) == (kind, family)


def test_parts() -> None:
    """Version, system and device are told where the agent names them."""
    assert agent_of(IPHONE) == Agent("browser", "Mobile Safari", "17", "iOS 17", "iPhone")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    """Whatever a client sends, it gets an answer, and the same one again."""
    assert agent_of(text) == agent_of(text)


def test_a_long_agent_is_cut() -> None:
    """An agent of a megabyte is looked at as far as its beginning goes."""
    assert agent_of("x" * 1_000_000) == UNKNOWN
    assert agent_of(CHROME + " " * 1_000_000).family == "Chrome"
