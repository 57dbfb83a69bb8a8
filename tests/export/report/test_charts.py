"""The charts: what they draw is what the series holds."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.export.report.charts.bars import excess_bar, share_bar, weight_bar
from checkvalve.export.report.charts.scale import Scale, ticks, time_labels, time_ticks
from checkvalve.export.report.charts.series import columns_of
from checkvalve.export.report.charts.sparkline import sparkline
from checkvalve.export.report.charts.svg import element
from checkvalve.export.report.charts.timeline import MINI, NARROW, WIDE, Layout, timeline
from checkvalve.export.report.tree import tree_rows
from checkvalve.investigation import Series, TreeNode
from tests.export.attack import attack_case
from tests.export.clock import DAY
from tests.export.report.markup import Page

SERIES = st.builds(
    Series,
    start=st.just(DAY),
    bucket_s=st.integers(1, 86_400),
    sends=st.lists(st.integers(0, 10**6), max_size=40),
    expected=st.lists(st.floats(0, 10**6), max_size=40),
    verified=st.lists(st.integers(0, 10**6), max_size=40),
    cost_usd=st.lists(st.floats(0, 10**6), max_size=40),
)


@given(SERIES, st.integers(1, 20))
def test_adding_up_loses_nothing(series: Series, at_most: int) -> None:
    """However few columns there are, their sums are those of the series, and they follow one another."""
    columns = columns_of(series, at_most)
    assert len(columns) <= at_most
    assert sum(column.sends for column in columns) == sum(series.sends)
    assert sum(column.verified for column in columns) == sum(series.verified)
    assert sum(column.cost_usd for column in columns) == pytest.approx(sum(series.cost_usd))
    for before, after in pairwise(columns):
        assert after.start == before.start + timedelta(seconds=before.width_s)


@given(SERIES, st.sampled_from([WIDE, NARROW, MINI]))
def test_charts_stay_in_their_box(series: Series, layout: Layout) -> None:
    """No column, line or mark stands outside the chart, whatever the series holds."""
    drawn = str(timeline(attack_case(), series, "x", layout))
    if not drawn:
        assert not columns_of(series, 1)
        return
    width, height = (float(part) for part in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)[0])
    assert width == layout.width
    for name in ("x1", "x2"):
        assert all(-0.1 <= float(x) <= width + 0.1 for x in re.findall(rf' {name}="([-\d.]+)"', drawn))
    for path in re.findall(r' d="([^"]*)"', drawn):
        assert all(-0.1 <= float(value) <= max(width, height) + 0.1 for value in re.findall(r"-?[\d.]+", path))


def test_the_chart_says_what_it_shows() -> None:
    """Title, description, axis captions with units, and both moments stand in the chart as text."""
    case = attack_case()
    assert case.series is not None
    words = Page(str(timeline(case, case.series, "x", WIDE))).all("svg")[0].words
    for part in (
        "Messages over time against expectation",
        "messages per 10 min",
        "their cost: $1,523.86",
        "began 10:00",
        "detectable 10:06 (14 messages, $2.84 by then)",
        "2026-05-26 00:00 to 2026-05-27 00:00 UTC",
    ):
        assert part in words


def test_columns_are_as_high_as_the_messages() -> None:
    """The highest column ends where the axis says."""
    series = Series(
        start=DAY, bucket_s=60, sends=[0, 50, 100], expected=[0.0] * 3, verified=[0] * 3, cost_usd=[0.0] * 3
    )
    drawn = str(timeline(attack_case(), series, "x", WIDE))
    path = re.findall(r'<path class="excess" d="([^"]*)"', drawn)[0]
    floor = 46 + WIDE.volume_px
    assert re.findall(r"V([\d.]+)H", path) == [str(floor - WIDE.volume_px // 2), "46"]


@given(st.floats(0.001, 10**9), st.integers(1, 9))
def test_ticks_cover_the_axis(highest: float, at_most: int) -> None:
    """Ticks begin at zero, reach the highest value, and are no more than asked for, with zero."""
    marks = ticks(highest, at_most)
    assert marks[0] == 0
    assert marks[-1] >= highest * 0.99999
    assert len(marks) <= at_most + 1


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(1, 10**9), st.integers(2, 9))  # noqa: DTZ001 -- naive bounds
def test_time_ticks_lie_inside(start: datetime, length_s: int, at_most: int) -> None:
    """Every tick of time lies on the axis, and each has a label of its own place."""
    begin = start.replace(tzinfo=UTC)
    end = begin + timedelta(seconds=length_s)
    moments = time_ticks(begin, end, at_most)
    assert all(begin <= moment <= end for moment in moments)
    assert len(moments) <= at_most + 1
    assert len(time_labels(moments)) == len(moments)


def test_a_scale_without_length() -> None:
    """An axis from a value to itself puts everything at its start."""
    assert Scale(3, 3, 10, 20)(3) == 10


def widths(svg: str) -> dict[str, float]:
    """The widths of a bar's parts in percent."""
    return {name: float(width) for name, width in re.findall(r'class="(\w+)" x="[\d.]+%" width="([\d.]+)%"', svg)}


def test_an_excess_bar_adds_up() -> None:
    """Grey to the expectation, colour to the observed value, on the scale of the largest bar."""
    assert widths(excess_bar(50, 10, 5, 100)) == {"usual": 10, "excess": 40, "verified": 5}
    assert widths(excess_bar(5, 10, 0, 100)) == {"usual": 5, "excess": 0, "verified": 0}
    assert widths(excess_bar(0, 0, 0, 0)) == {"usual": 0, "excess": 0, "verified": 0}


def test_weights_go_both_ways() -> None:
    """What speaks against an attack goes left of zero, in another form than colour alone."""
    against = weight_bar(-5, -5, 15)
    assert 'class="against" x="0.00%" width="25.00%"' in against
    assert 'class="for" x="25.00%" width="75.00%"' in weight_bar(15, -5, 15)
    assert 'x1="25.00%"' in against


@given(st.floats(-2, 3))
def test_shares_stay_in_their_track(share: float) -> None:
    """A share above one fills the track and no more."""
    assert 0 <= widths(share_bar(share))["plain"] <= 100


def test_no_series_no_sparkline() -> None:
    """Without a series nothing is drawn; with one, the shape is."""
    assert sparkline(None) == ""
    assert "<path" in sparkline(attack_case().series)


def test_svg_texts_are_escaped() -> None:
    """Neither text nor attribute of a chart can open a tag."""
    drawn = element("text", "</svg><script>", class_='"><b>')
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def node(label: str, sends: int, *children: TreeNode, named: bool = False, verified: int | None = 0) -> TreeNode:
    """A node of a destination tree."""
    return TreeNode(
        level="country",
        label=label,
        prefix=None,
        sends=sends,
        expected=1.0,
        verified=verified,
        cost_usd=0.5,
        named=named,
        children=list(children),
    )


def test_the_tree_folds_small_siblings() -> None:
    """Eight children are shown, the rest is one row that adds them up; what the case names is always shown."""
    leaves = [node(f"c{index}", 100 - index) for index in range(20)]
    rows = tree_rows(node("all", 2000, *leaves, node("tiny", 1, named=True)))
    assert [row.label for row in rows[:3]] == ["all", "tiny", "c0"]
    assert rows[-1].others == 13
    assert rows[-1].sends == sum(100 - index for index in range(7, 20))


def test_unknown_verification_stays_unknown() -> None:
    """Adding up siblings of which one is unknown gives unknown."""
    leaves = [node(f"c{index}", 5, verified=None if index == 9 else 1) for index in range(20)]
    rows = tree_rows(node("all", 100, *leaves))
    assert rows[-1].verified is None
    assert rows[-1].verified_share is None
