"""Bars in table cells. They stretch with the cell, so they need no fixed width; the figure stands beside them."""

from markupsafe import Markup

from checkvalve.export.report.charts.svg import element

_HEIGHT = 12


def _share(value: float, highest: float) -> float:
    return 0.0 if highest <= 0 else max(0.0, min(value / highest, 1.0)) * 100


def _rect(class_: str, x: float, width: float, y: float, height: float) -> Markup:
    return element("rect", class_=class_, x=f"{x:.2f}%", width=f"{width:.2f}%", y=y, height=height)


def _bar(*children: Markup) -> Markup:
    return element(
        "svg", *children, class_="bar", width="100%", height=_HEIGHT, aria_hidden="true", focusable="false"
    )


def excess_bar(observed: float, expected: float, verified: float, highest: float) -> Markup:
    """How much of it is more than expected? Up to the expectation grey, the excess in the case's colour.

    The verified share is the dark line at the foot, the expectation is the upright mark.
    """
    usual, reached = min(observed, expected), _share(observed, highest)
    split, mark = _share(usual, highest), _share(expected, highest)
    return _bar(
        _rect("usual", 0, split, 1, 10),
        _rect("excess", split, reached - split, 1, 10),
        _rect("verified", 0, _share(min(verified, observed), highest), 7, 4),
        element("line", class_="mark", x1=f"{mark:.2f}%", x2=f"{mark:.2f}%", y1=0, y2=_HEIGHT),
    )


def weight_bar(weight: float, lowest: float, highest: float) -> Markup:
    """How much does this indicator weigh? To the right for the attack, to the left against it."""
    low, high = min(lowest, 0.0), max(highest, 0.0)
    span = high - low
    zero, end = _share(-low, span), _share(weight - low, span)
    left, width = min(zero, end), abs(end - zero)
    return _bar(
        _rect("for" if weight >= 0 else "against", left, width, 1, 10),
        element("line", class_="mark", x1=f"{zero:.2f}%", x2=f"{zero:.2f}%", y1=0, y2=_HEIGHT),
    )


def share_bar(share: float, class_: str = "plain") -> Markup:
    """Which share of the whole is it?"""
    return _bar(_rect("track", 0, 100, 3, 6), _rect(class_, 0, _share(share, 1.0), 3, 6))
