"""The shape of a case in the room of a table cell."""

from markupsafe import Markup

from checkvalve.export.report.charts.scale import Scale
from checkvalve.export.report.charts.series import columns_of
from checkvalve.export.report.charts.svg import columns, element, line
from checkvalve.investigation import Series

_WIDTH, _HEIGHT, _COLUMNS = 120, 24, 40


def sparkline(series: Series | None) -> Markup:
    """What does the case look like over time? Columns are messages, the line is the expectation."""
    cells = columns_of(series, _COLUMNS) if series is not None else []
    if not cells:
        return Markup("")
    highest = max(1.0, *(max(cell.sends, cell.expected) for cell in cells))
    across, upward = Scale(0, len(cells), 0, _WIDTH), Scale(0, highest, _HEIGHT - 1, 1)
    width = _WIDTH / len(cells)
    bars = columns(
        (across(index), upward(cell.sends), width * 0.8, _HEIGHT - 1) for index, cell in enumerate(cells)
    )
    expected = line([(across(index + 0.5), upward(cell.expected)) for index, cell in enumerate(cells)])
    return element(
        "svg",
        element("path", class_="excess", d=bars),
        element("path", class_="expected", d=expected),
        class_="spark",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        aria_hidden="true",
        focusable="false",
    )
