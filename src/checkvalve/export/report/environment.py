"""The templates' surroundings: autoescape everywhere, strict about unknown names, our own filters."""

import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from checkvalve.durations import duration
from checkvalve.export import formats, wording
from checkvalve.export.headline import case_title
from checkvalve.export.masking import MASK, missing_digits
from checkvalve.export.measures import action_text, target
from checkvalve.export.origins import origins_of
from checkvalve.export.report.charts import bars
from checkvalve.export.report.charts.series import Column, columns_of
from checkvalve.export.report.charts.sparkline import sparkline
from checkvalve.export.report.charts.timeline import MINI, NARROW, WIDE, timeline
from checkvalve.export.report.compiled_templates import CompiledTemplates
from checkvalve.export.report.tree import tree_rows
from checkvalve.investigation import Case, Input, Series
from checkvalve.numbering.country_names import country_name

_LONGEST_TEXT = 320
_FIGURES = 24
_MOST_X = 6


@cache
def environment() -> Environment:
    """The one environment of the report; templates are compiled once an installation."""
    made = Environment(
        loader=PackageLoader("checkvalve.export.report", "templates"),
        bytecode_cache=CompiledTemplates(Path(__file__).with_name("templates")),
        optimized=False,  # what our filters make of constants would be kept, whatever becomes of the filters
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        money=formats.money,
        count=formats.count,
        percent=formats.percent,
        confidence=formats.confidence,
        sentence=formats.sentence,
        signed=formats.signed,
        duration=duration,
        moment=formats.moment,
        iso=formats.iso,
        clip=clip,
        brief=brief,
        glue=glue,
        country=country_name,
        words=wording.words,
        case_title=case_title,
        tree_rows=tree_rows,
        missing=missing,
        unaccounted=unaccounted,
    )
    made.globals.update(
        period=formats.period,
        plural=formats.plural,
        wording=wording,
        named=wording.label,
        excess_bar=bars.excess_bar,
        weight_bar=bars.weight_bar,
        share_bar=bars.share_bar,
        sparkline=sparkline,
        charts=charts,
        figures=figures,
        cut_off=cut_off,
        origins_of=origins_of,
        action_text=action_text,
        target_of=target,
        mask=MASK,
        mini_chart=mini_chart,
    )
    return made


def compiled() -> Environment:
    """The environment with all its templates compiled: for whoever has time before there is a result."""
    made = environment()
    for name in made.list_templates(extensions=["j2"]):
        made.get_template(name)
    return made


def clip(text: str, longest: int = _LONGEST_TEXT) -> str:
    """What of a long log text is shown? Its beginning, and how long it is.

    >>> clip("abcdef", 4), clip("abc", 4)
    ('abcd… (6 characters)', 'abc')
    """
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def brief(text: str, longest: int) -> str:
    """What is said of it in a list of contents?

    >>> brief("SMS pumping to Uzbekistan", 14)
    'SMS pumping…'
    """
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0].rstrip() + "…"


def glue(text: str) -> str:
    """The text with its percent signs bound to their figures, so that no line begins with one.

    >>> glue("0.3 % of 200") == "0.3\u00a0% of 200"
    True
    """
    return re.sub(r"(?<=[0-9]) (?=%)", "\u00a0", text)


def missing(prefix: str) -> int:
    """How many digits are written as x behind a range? None (zero) for countries and where lengths differ.

    >>> missing("+99899394"), missing("+998"), missing("+4915112")
    (4, 0, 0)
    """
    rest = missing_digits(prefix.removeprefix("+")) or 0
    return rest if rest <= _MOST_X else 0


def unaccounted(given: Input) -> int:
    """How many records of a file are neither used nor merged, ignored or quarantined? Zero when the sum holds."""
    return given.records - given.used - given.merged - given.ignored - given.quarantined


def charts(case: Case, name: str) -> Markup:
    """The chart of a case for wide and for narrow pages; the style sheet shows one of them."""
    if case.series is None:
        return Markup("")
    return timeline(case, case.series, name, WIDE) + timeline(case, case.series, name, NARROW)


def mini_chart(case: Case) -> Markup:
    """The course of the main case for the first screen."""
    return timeline(case, case.series, "overview", MINI) if case.series is not None else Markup("")


def cut_off(case: Case) -> datetime | None:
    """Where does the chart end, if messages of the case come after it? None where it shows all of the case."""
    if case.series is None:
        return None
    length = max(len(case.series.sends), len(case.series.expected)) * case.series.bucket_s
    end = case.series.start + timedelta(seconds=length)
    return end if end < case.ended_at else None


def figures(series: Series) -> list[Column]:
    """The rows of the table behind a chart."""
    return columns_of(series, _FIGURES)
