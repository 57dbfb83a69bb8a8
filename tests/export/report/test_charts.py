"""The charts: what they draw is what the series holds."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkvalve.export import render
from checkvalve.export.report.charts.bars import excess_bar, share_bar, weight_bar
from checkvalve.export.report.charts.scale import Scale, ticks, time_labels, time_ticks
from checkvalve.export.report.charts.series import columns_of
from checkvalve.export.report.charts.sparkline import sparkline
from checkvalve.export.report.charts.svg import element
from checkvalve.export.report.charts.timeline import MINI, NARROW, WIDE, Layout, describe, timeline
from checkvalve.export.report.tree import tree_rows
from checkvalve.investigation import Series, TreeNode
from tests.export.attack import attack_case
from tests.export.clock import DAY
from tests.export.examples import example_attack
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
        "cost of all that is drawn: $1,523.86",
        "began 10:00",
        "detectable 10:06 (14 messages, $2.84 by then)",
        "2026-05-26 00:00 to 2026-05-27 00:00 UTC",
    ):
        assert part in words


def texts(drawn: str) -> list[tuple[float, float, float]]:
    """The texts above the upper panel: from where to where they reach (about), and their line."""
    found = re.findall(r'<text(?: class="(?:caption|tick)")? x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)<', drawn)
    widths = [(float(x), float(y), len(words) * 6.6, 'anchor="end"' in rest) for x, y, rest, words in found]
    return [(x - width if end else x, x if end else x + width, y) for x, y, width, end in widths if y < 46]


@given(st.integers(0, 1440), st.integers(0, 1440), st.sampled_from([WIDE, NARROW, MINI]))
@example(614, 0, NARROW)
def test_no_text_above_the_chart_covers_another(began: int, after: int, layout: Layout) -> None:
    """Wherever the case began and was detectable: caption and marks stand in lines of their own."""
    case = attack_case()
    assert case.series is not None
    case.started_at = DAY + timedelta(minutes=began)
    case.detectable_at = case.started_at + timedelta(minutes=after)
    placed = texts(str(timeline(case, case.series, "x", layout)))
    lines = [y for _, _, y in placed]
    assert len(lines) >= 2
    assert len(lines) == len(set(lines))
    assert all(high - low >= 15 for low, high in pairwise(sorted(lines)))
    assert all(left >= -1 and right <= layout.width + 1 for left, right, _ in placed)


def test_no_mark_runs_through_a_caption() -> None:
    """The upright lines begin below the caption, and leave the row between the panels free."""
    case = attack_case()
    assert case.series is not None
    drawn = str(timeline(case, case.series, "x", WIDE))
    captions = [float(y) for y in re.findall(r'class="caption" x="[\d.]+" y="([\d.]+)"', drawn)]
    spans = re.findall(r'<line x1="[\d.]+" x2="[\d.]+" y1="([\d.]+)" y2="([\d.]+)"', drawn)
    assert len(captions) == 2
    assert len(spans) == 4
    for y in captions:
        assert not any(float(top) < y < float(bottom) for top, bottom in spans)


def test_what_happens_in_one_minute_is_one_mark() -> None:
    """A case that was detectable at once has one mark with both words, shorter where there is no room."""
    case = attack_case()
    assert case.series is not None
    case.detectable_at = case.started_at + timedelta(seconds=9)
    for layout, said in ((MINI, "began and detectable 10:00<"), (NARROW, "detectable at once<")):
        drawn = str(timeline(case, case.series, "x", layout))
        assert drawn.count(said) == 1
        assert drawn.count("detectable 10:00") <= 1
        assert 'class="moment began"' not in drawn


def test_long_charts_say_the_day() -> None:
    """On a chart of more than a day a clock alone would not tell when it began."""
    case = attack_case()
    series = Series(start=DAY, bucket_s=3600, sends=[1] * 72, expected=[], verified=[], cost_usd=[])
    assert "began 26 May 10:00<" in timeline(case, series, "x", WIDE)


def test_a_single_bar_is_told_in_figures() -> None:
    """Where one column holds most messages, its count stands beside it; a broad case needs none."""
    case = attack_case()
    series = Series(start=DAY, bucket_s=60, sends=[0, 0, 3604, 9, 0], expected=[], verified=[], cost_usd=[])
    assert ">3,604 in 1 min</text>" in timeline(case, series, "x", WIDE)
    assert case.series is not None
    assert 'class="peak"' not in timeline(case, case.series, "x", WIDE)


def test_columns_are_as_high_as_the_messages() -> None:
    """The highest column ends where the axis says."""
    series = Series(
        start=DAY, bucket_s=60, sends=[0, 50, 100], expected=[0.0] * 3, verified=[0] * 3, cost_usd=[0.0] * 3
    )
    drawn = str(timeline(attack_case(), series, "x", WIDE))
    path = re.findall(r'<path class="excess" d="([^"]*)"', drawn)[0]
    top = float(re.findall(r'<g class="moment.*?y2="([\d.]+)"', drawn)[0]) - WIDE.volume_px
    assert [float(y) for y in re.findall(r"V([\d.]+)H", path)] == [top + WIDE.volume_px / 2, top]


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
    """What the case names is always shown, of the others only the large ones; the rest is one row that adds up."""
    leaves = [node(f"c{index}", 200 - index) for index in range(3)] + [node(f"d{index}", 9) for index in range(20)]
    rows = tree_rows(node("all", 778, *leaves, node("tiny", 1, named=True)))
    assert [row.label for row in rows] == ["all", "tiny", "c0", "c1", "c2", "others"]
    assert rows[-1].others == "20 other countries"
    assert rows[-1].sends == 180


def test_what_a_tree_leaves_out_is_counted() -> None:
    """A tree may hold the largest children only: what they leave of their parent is in the last row."""
    rows = tree_rows(node("all", 500, node("UZ", 300, named=True), node("PL", 50), verified=90))
    assert (rows[-1].others, rows[-1].sends) == ("other countries", 150)
    assert rows[-1].verified == 90


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30), st.integers(0, 500), st.data())
def test_the_rows_below_a_node_add_up(sends: list[int], unseen: int, data: st.DataObject) -> None:
    """Whatever is named, folded or left out: the rows below the root have as many messages as the root."""
    named = data.draw(st.lists(st.booleans(), min_size=len(sends), max_size=len(sends)))
    leaves = [node(f"c{index}", number, named=named[index]) for index, number in enumerate(sends)]
    rows = tree_rows(node("all", sum(sends) + unseen, *leaves))
    assert sum(row.sends for row in rows[1:]) == rows[0].sends
    assert sum(row.excess for row in rows[1:]) == rows[0].excess


def test_excess_is_counted_where_the_case_names_it() -> None:
    """Honest messages of the same country are no excess, and branches without named ranges are not unfolded."""
    block, honest = node("b", 90, named=True), node("h", 40, node("x", 40))
    rows = tree_rows(node("all", 130, node("net", 90, block), honest))
    assert [(row.label, row.excess) for row in rows] == [("all", 89.0), ("net", 89.0), ("b", 89.0), ("h", 0.0)]


def test_many_named_ranges_keep_their_countries() -> None:
    """However many ranges a case names, every country is shown with its messages, and the table stays short."""
    lands = [node(f"L{n}", 120, *(node(f"b{n}.{i}", 10, named=True) for i in range(12))) for n in range(10)]
    rows = tree_rows(node("all", 1200, *lands))
    assert {row.label for row in rows if row.depth == 1} == {land.label for land in lands}
    assert len(rows) < 80


def test_unknown_verification_stays_unknown() -> None:
    """Where it is unknown for the whole, or for a part that is shown, it is unknown for the rest."""
    leaves = [node(f"c{index}", 5, verified=None if index == 0 else 1) for index in range(30)]
    rows = tree_rows(node("all", 150, *leaves, verified=None))
    assert rows[-1].verified is None
    assert rows[-1].verified_share is None
    shown = node("c", 90, verified=None)
    assert tree_rows(node("all", 150, shown, *leaves[1:13], verified=12))[-1].verified is None


def test_columns_of_half_minutes_are_told_to_the_second() -> None:
    """Two columns of one minute have different names, in the chart's words and in the table behind it."""
    case = attack_case()
    case.series = Series(
        start=DAY, bucket_s=30, sends=[1, 40, 2, 3], expected=[1.0] * 4, verified=[0] * 4, cost_usd=[0.1] * 4
    )
    assert "Most in one column: 40 in 30 s from 2026-05-26 00:00:30 UTC on" in describe(
        case, columns_of(case.series, 160)
    )
    investigation = example_attack()
    investigation.cases = [case]
    page = render(investigation)
    assert page.count(">2026-05-26 00:00:30 UTC</time></th>") == 1
    assert page.count(">2026-05-26 00:01:00 UTC</time></th>") == 1


def test_columns_of_odd_lengths_are_named_in_full() -> None:
    """A column of a minute and a half is not called one of a minute."""
    series = Series(start=DAY, bucket_s=90, sends=[1] * 9, expected=[1.0] * 9, verified=[], cost_usd=[])
    assert "messages per 1 min 30 s" in timeline(attack_case(), series, "x", WIDE)
