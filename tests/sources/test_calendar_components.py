"""A calendar file is cut into components; damage costs the component that it stands in."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.base import Broken
from checkvalve.sources.calendar_components import components
from checkvalve.sources.text import TooLong

EVENT = "BEGIN:VEVENT\nSUMMARY:x\nBEGIN:VALARM\nACTION:AUDIO\nEND:VALARM\nEND:VEVENT"
ZONE = "BEGIN:VTIMEZONE\nTZID:z\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE"


def cut(*parts: str) -> list[str | Broken]:
    """The components of a calendar made of these parts, with plain line ends."""
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR"]).split("\n")
    return [one if isinstance(one, Broken) else one.replace("\r\n", "\n") for one in components(lines)]


def test_components() -> None:
    """Events and zones come out whole, with what is nested in them, and the calendar's own lines do not."""
    assert [one.strip() for one in cut(ZONE, EVENT, EVENT) if isinstance(one, str)][1:] == [EVENT, EVENT]
    assert len(cut(ZONE, EVENT, EVENT)) == 3


def test_small_letters() -> None:
    """Names of components are read in any case."""
    assert len(cut(EVENT.lower())) == 1
    assert isinstance(cut(EVENT.lower())[0], str)


def test_end_is_missing() -> None:
    """An event without its end does not swallow the next."""
    torn = EVENT.removesuffix("\nEND:VEVENT")
    assert [isinstance(one, Broken) for one in cut(torn, EVENT)] == [True, False]
    assert [isinstance(one, Broken) for one in cut(EVENT, torn)] == [False, True]


def test_begin_is_missing() -> None:
    """An event without its beginning is reported and does not vanish."""
    headless = EVENT.removeprefix("BEGIN:VEVENT\n")
    first, second = cut(headless, EVENT)
    assert isinstance(first, Broken)
    assert (first.reason, "SUMMARY:x" in first.raw) == ("bad_calendar", True)
    assert second == EVENT


def test_unknown_beginning() -> None:
    """A beginning whose name is damaged costs its event only."""
    assert [isinstance(one, Broken) for one in cut(EVENT.replace("BEGIN:VEVENT", "BEGIN:VEVEXT"), EVENT)] == [
        True,
        False,
    ]


def test_truncated() -> None:
    """A file that ends inside an event gives the events before it and one broken piece."""
    lines = f"BEGIN:VCALENDAR\n{EVENT}\n{EVENT}".split("\n")[:-2]
    first, second = components(lines)
    assert isinstance(first, str)
    assert isinstance(second, Broken)
    assert second.reason == "truncated_calendar"


def test_line_that_is_too_long() -> None:
    """A line that was not kept is reported."""
    found = list(components(["BEGIN:VCALENDAR", "BEGIN:VEVENT", TooLong("ATTACH"), "END:VEVENT", "END:VCALENDAR"]))
    assert Broken("line_too_long", "ATTACH") in found


@given(
    st.lists(st.sampled_from(["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "X:1", "BEGIN:X"]))
)
def test_any_lines(lines: list[str]) -> None:
    """Whatever the lines are, each beginning of an event is in exactly one piece."""
    found = [one.raw if isinstance(one, Broken) else one for one in components(lines)]
    assert sum(one.count("BEGIN:VEVENT") for one in found) == lines.count("BEGIN:VEVENT")
