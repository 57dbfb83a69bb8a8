"""The main chart of a case: messages over time against expectation, and below it the money.

Two panels share one time axis. Upper: one column per time slice, grey up to the expectation and in the case's
colour above it, the verified messages as a narrow column in front, the expectation as a dashed step line. Lower:
cost added up. Two upright marks: when it began, and when it was detectable. Above the upper panel every text has a
row of its own: the caption, then the marks; no mark runs through a caption.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup

from checkvalve.durations import duration
from checkvalve.export.formats import axis_money, compact, count, moment, money, period, plural
from checkvalve.export.report.charts import svg
from checkvalve.export.report.charts.scale import Scale, ticks, time_labels, time_ticks
from checkvalve.export.report.charts.series import Column, columns_of
from checkvalve.export.report.charts.svg import element
from checkvalve.investigation import Case, Series


class Layout(NamedTuple):
    """Room of a chart in units of one pixel at the width that it is made for. No money without ``cost_px``."""

    name: str
    width: int
    left: int
    right: int
    volume_px: int
    cost_px: int
    most_columns: int
    most_ticks: int


WIDE = Layout("wide", 960, 52, 12, 170, 64, 160, 9)
NARROW = Layout("narrow", 340, 40, 8, 140, 56, 56, 4)
MINI = Layout("mini", 490, 34, 6, 96, 0, 90, 4)
_TOP, _GAP, _FOOT = 50, 34, 34
_CAPTION_Y, _MARKS_Y = 11, (28, 43)
_DAY_S = 86_400
_PEAK = 0.5
"""A column that holds this part of all messages is told in figures."""


class Frame(NamedTuple):
    """Where things stand in one chart."""

    layout: Layout
    across: Scale
    upward: Scale
    cost: Scale
    start: datetime

    @property
    def floor(self) -> float:
        """The y below which only the time axis stands."""
        return self.cost.start if self.layout.cost_px else self.upward.start

    def at(self, when: datetime) -> float:
        """The x of a moment, held inside the chart."""
        return self.across(min(max((when - self.start).total_seconds(), self.across.low), self.across.high))


def timeline(case: Case, series: Series, name: str, layout: Layout) -> Markup:
    """What happened over time? ``name`` makes the ids unique on the page; an empty series gives no chart."""
    cells = columns_of(series, layout.most_columns)
    if not cells:
        return Markup("")
    frame = _frame(cells, layout)
    panels = [_volume(cells, frame), *([_cost(cells, frame)] if layout.cost_px else [])]
    return svg.described(
        f"{name}-{layout.name}",
        "Messages over time against expectation",
        describe(case, cells),
        (*panels, _time_axis(cells, frame), _marks(case, frame), _peak(cells, frame), _captions(cells, frame)),
        layout.width,
        frame.floor + _FOOT,
        f"chart {layout.name}",
    )


def describe(case: Case, cells: list[Column]) -> str:
    """The chart in one sentence, for those who do not see it."""
    peak = max(cells, key=lambda cell: cell.sends)
    sends, expected = (sum(getattr(cell, name) for cell in cells) for name in ("sends", "expected"))
    verified, cost_usd = (sum(getattr(cell, name) for cell in cells) for name in ("verified", "cost_usd"))
    entered = f"{count(verified)} verified" if case.conversion is not None else "verified unknown"
    return (
        f"{period(cells[0].start, _end(cells))}: {plural(sends, 'message')} where {count(expected)} were expected, "
        f"{entered}, {money(cost_usd)}. Most in one column: {count(peak.sends)} "
        f"in {duration(peak.width_s)} from {moment(peak.start, peak.width_s)} on. Began {moment(case.started_at)}, "
        f"detectable {moment(case.detectable_at)}."
    )


def _end(cells: list[Column]) -> datetime:
    return cells[-1].start + timedelta(seconds=cells[-1].width_s)


def _frame(cells: list[Column], layout: Layout) -> Frame:
    floor = _TOP + layout.volume_px
    across = Scale(0, (_end(cells) - cells[0].start).total_seconds(), layout.left, layout.width - layout.right)
    highest = ticks(max(max(cell.sends, cell.expected) for cell in cells), 4)[-1]
    spent = ticks(sum(cell.cost_usd for cell in cells), 2)[-1]
    return Frame(
        layout,
        across,
        Scale(0, highest, floor, _TOP),
        Scale(0, spent, floor + _GAP + layout.cost_px, floor + _GAP),
        cells[0].start,
    )


def _volume(cells: list[Column], frame: Frame) -> Markup:
    floor = frame.upward.start
    usual, excess, verified, expected = [], [], [], []
    for cell in cells:
        left, right = frame.at(cell.start), frame.at(cell.start + timedelta(seconds=cell.width_s))
        room = right - left
        gap = 1.0 if room >= 4 else 0.0
        within = frame.upward(min(cell.sends, cell.expected))
        usual.append((left, within, room - gap, floor))
        excess.append((left, frame.upward(cell.sends), room - gap, within))
        verified.append(
            (left + room * 0.3, frame.upward(min(cell.verified, cell.sends)), room * 0.4 - gap / 2, floor)
        )
        expected.append((left, frame.upward(cell.expected)))
    return svg.group(
        (
            _grid(frame, frame.upward, [compact(value) for value in ticks(frame.upward.high, 4)]),
            element("path", class_="usual", d=svg.columns(usual)),
            element("path", class_="excess", d=svg.columns(excess)),
            element("path", class_="verified", d=svg.columns(verified)),
            element("path", class_="expected", d=svg.steps(expected, frame.across.end)),
        )
    )


def _cost(cells: list[Column], frame: Frame) -> Markup:
    points, spent = [(frame.across.start, frame.cost(0))], 0.0
    for cell in cells:
        spent += cell.cost_usd
        points.append((frame.at(cell.start + timedelta(seconds=cell.width_s)), frame.cost(spent)))
    floor = svg.number(frame.cost.start)
    area = f"{svg.line(points)}V{floor}H{svg.number(frame.across.start)}Z"
    return svg.group(
        (
            _grid(frame, frame.cost, [axis_money(value) for value in ticks(frame.cost.high, 2)]),
            element("path", class_="cost-area", d=area),
            element("path", class_="cost-line", d=svg.line(points)),
        )
    )


def _grid(frame: Frame, scale: Scale, labels: list[str]) -> Markup:
    step = (scale.high - scale.low) / max(1, len(labels) - 1)
    lines: list[Markup] = []
    for index, label in enumerate(labels):
        y = scale(scale.low + step * index)
        lines.append(
            element(
                "line", class_="grid" if index else "base", x1=frame.across.start, x2=frame.across.end, y1=y, y2=y
            )
        )
        lines.append(element("text", label, class_="tick", x=frame.across.start - 6, y=y + 4, text_anchor="end"))
    return svg.group(lines)


def _captions(cells: list[Column], frame: Frame) -> Markup:
    """What the panels show."""
    each = duration(cells[0].width_s)
    volume = f"messages per {each.removeprefix('1 ') if each.count(' ') == 1 else each}"
    if not frame.layout.cost_px:
        return _caption(frame, f"{volume}; dashed: expected", _CAPTION_Y)
    spent = money(sum(cell.cost_usd for cell in cells))
    return svg.group(
        (
            _caption(frame, volume, _CAPTION_Y),
            _caption(frame, f"cost of all that is drawn: {spent}", frame.cost.end - 9),
        )
    )


def _caption(frame: Frame, text: str, y: float) -> Markup:
    return element("text", text, class_="caption", x=frame.across.start, y=y)


def _peak(cells: list[Column], frame: Frame) -> Markup:
    """The figures of a column that holds most of the messages: a single bar says little without them."""
    peak = max(cells, key=lambda cell: cell.sends)
    if peak.sends <= _PEAK * sum(cell.sends for cell in cells) or len(cells) < 3:
        return Markup("")
    left, right = frame.at(peak.start), frame.at(peak.start + timedelta(seconds=peak.width_s))
    leftward = right > (frame.across.start + frame.across.end) / 2
    text = f"{count(peak.sends)} in {duration(peak.width_s)}"
    return _beside(text, (left - 5) if leftward else (right + 5), frame.upward.end + 14, "peak", leftward=leftward)


def _beside(text: str, x: float, y: float, class_: str | None, *, leftward: bool) -> Markup:
    return element("text", text, class_=class_, x=x, y=y, text_anchor="end" if leftward else "start")


def _time_axis(cells: list[Column], frame: Frame) -> Markup:
    moments = time_ticks(cells[0].start, _end(cells), frame.layout.most_ticks)
    y = frame.floor
    marks: list[Markup] = []
    for when, label in zip(moments, time_labels(moments), strict=True):
        x = frame.at(when)
        marks.append(element("line", class_="grid-time", x1=x, x2=x, y1=frame.upward.end, y2=y + 4))
        anchor = "end" if x > frame.across.end - 16 else "middle"
        marks.append(element("text", label, class_="tick", x=x, y=y + 17, text_anchor=anchor))
    days = period(cells[0].start, _end(cells))
    marks.append(element("text", days, class_="tick", x=frame.across.end, y=y + 31, text_anchor="end"))
    return svg.group(marks)


def _marks(case: Case, frame: Frame) -> Markup:
    before = f"{plural(case.sends_before_detectable, 'message')}, {money(case.cost_usd_before_detectable)} by then"
    figures = f" ({before})" if frame.layout is WIDE else ""
    began, detectable = (_when(when, frame) for when in (case.started_at, case.detectable_at))
    if began == detectable:
        said = "detectable at once" if frame.layout is NARROW else f"began and detectable {began}{figures}"
        return _mark(frame, case.detectable_at, said, 0, "detectable")
    return svg.group(
        (
            _mark(frame, case.started_at, f"began {began}", 0, "began"),
            _mark(frame, case.detectable_at, f"detectable {detectable}{figures}", 1, "detectable"),
        )
    )


def _when(when: datetime, frame: Frame) -> str:
    """The clock, with the day where the chart is longer than one."""
    there = when.astimezone(UTC)
    return f"{there.day} {there:%b %H:%M}" if frame.across.high > _DAY_S else f"{there:%H:%M}"


def _mark(frame: Frame, when: datetime, text: str, row: int, class_: str) -> Markup:
    x, y = frame.at(when), _MARKS_Y[row]
    leftward = x > (frame.across.start + frame.across.end) / 2
    lines = [element("line", x1=x, x2=x, y1=y - 10, y2=frame.upward.start)]
    if frame.layout.cost_px:
        lines.append(element("line", x1=x, x2=x, y1=frame.cost.end, y2=frame.cost.start))
    return svg.group(
        (*lines, _beside(text, x - 5 if leftward else x + 5, y, None, leftward=leftward)), class_=f"moment {class_}"
    )
