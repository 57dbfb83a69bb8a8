"""report.html as a document: valid, self-contained, accessible, and the same for every text that it shows."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from checkvalve.export import render
from checkvalve.investigation import Investigation
from tests.export.attack import NUMBERS
from tests.export.examples import example_attack, example_benign, example_clear
from tests.export.numbers import complete_numbers, written
from tests.export.planting import planted, texts
from tests.export.report.markup import Page
from tests.export.test_masking import digits_of

EXAMPLES = (example_attack, example_benign, example_clear)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "</style><style>*{display:none}</style>",
    "</title></svg></table><h1>Clear</h1>",
    "--><!--",
    "]]>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "&lt;b&gt;&#60;i&#62;",
    "javascript:alert(1)",
)
UNSEEN = (
    "\x00",
    "\x07",
    "\x1b[2J",
    "\r",
    "\x7f",
    "\x9b",
    "\u200e",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\ud800",
    "\ufffe",
)

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.__name__))
Example = Callable[[], Investigation]


@every_example
def test_every_tag_is_closed(example: Example) -> None:
    """The page is well-formed, and every id on it is unique."""
    page = Page(render(example()))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


@every_example
def test_references_lead_somewhere(example: Example) -> None:
    """Every link inside the page and every label names an element that is there."""
    page = Page(render(example()))
    ids = {element.attributes["id"] for element in page.elements if "id" in element.attributes}
    for element in page.elements:
        if element.name == "a":
            assert element.attributes["href"].removeprefix("#") in ids
        assert set(element.attributes.get("aria-labelledby", "").split()) <= ids


@every_example
def test_nothing_is_loaded(example: Example) -> None:
    """No script, no style attribute, no address of anything: the page is one file."""
    page = Page(render(example()))
    for element in page.elements:
        assert element.name not in {"script", "link", "img", "iframe", "object", "embed", "image", "use", "base"}
        for name, value in element.attributes.items():
            assert name not in {"style", "src", "srcset", "action"}
            assert not name.startswith("on")
            assert "://" not in value
    sheet = page.all("style")[0].words
    assert "url(" not in sheet
    assert "@import" not in sheet


@every_example
def test_policy_allows_the_style_sheet_only(example: Example) -> None:
    """The content security policy forbids everything but the style sheet, which it names by its hash."""
    page = Page(render(example()))
    policy = page.one(**{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    sheet = "".join(page.all("style")[0].text)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert len(page.all("style")) == 1


@every_example
def test_headings_come_in_order(example: Example) -> None:
    """One first heading, and none skips a level."""
    levels = [int(element.name[1]) for element in Page(render(example())).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_example
def test_headings_and_cells_say_something(example: Example) -> None:
    """No heading, table header, term or link is empty."""
    for element in Page(render(example())).all("h1", "h2", "h3", "h4", "th", "dt", "a", "summary", "caption"):
        assert element.words, element


@every_example
def test_landmarks(example: Example) -> None:
    """A screen reader finds header, navigation, main part and footer, each once, and a way to skip."""
    page = Page(render(example()))
    for name in ("header", "nav", "main", "footer"):
        assert len(page.all(name)) == 1
    assert page.all("a")[0].attributes["href"] == "#main"
    assert page.all("html")[0].attributes["lang"] == "en"


@every_example
def test_tables_have_headers(example: Example) -> None:
    """Every table has a caption, and every header cell says what it heads."""
    page = Page(render(example()))
    assert len(page.all("caption")) == len(page.all("table"))
    for header in page.all("th"):
        assert header.attributes["scope"] == ("col" if "thead" in header.inside else "row")


@every_example
def test_charts_are_told_or_silent(example: Example) -> None:
    """A chart has a title and a description; a picture that repeats a figure beside it is hidden from readers."""
    page = Page(render(example()))
    charts = [element for element in page.all("svg") if element.attributes.get("role") == "img"]
    assert len(page.all("desc")) == len(charts)
    for chart in charts:
        assert len(chart.attributes["aria-labelledby"].split()) == 2
    for picture in page.all("svg"):
        assert picture in charts or picture.attributes["aria-hidden"] == "true"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_markup(hostile: str) -> None:
    """Whatever text stands in every field: the elements and attributes of the page are those of a harmless text."""
    harmless = Page(render(planted(example_attack(), lambda _: "harmless")))
    attacked = Page(render(planted(example_attack(), lambda _: hostile)))
    assert _without_policy(attacked) == _without_policy(harmless)
    assert hostile in attacked.one(id="verdict").words


def _without_policy(page: Page) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [tag for tag in page.shape if tag[0] != "meta"]


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_no_unseen_character_gets_through(unseen: str) -> None:
    """Control characters, direction marks and lone surrogates of a log are written out, and the page can be saved."""
    html = render(planted(example_attack(), lambda text: f"{text}{unseen}x"))
    html.encode("utf-8")
    assert unseen[0] not in html


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.data())
def test_no_complete_number_on_the_page(data: st.DataObject) -> None:
    """A number in every text of a result is masked on the page, also where tags would split it."""
    number = data.draw(complete_numbers().filter(lambda digits: len(digits) >= 10))
    form = data.draw(written(number))
    html = render(planted(example_attack(), lambda _: f"of {form}, said", names=False))
    assert number not in html
    assert number not in digits_of(re.sub(r"<[^>]*>", "", html))


def test_numbers_of_the_example_are_masked() -> None:
    """Claims, queries and rows of the example lose the last four digits, in every column."""
    html = render(example_attack())
    assert "+99899394••••" in html
    for number in NUMBERS:
        assert number.removeprefix("+") not in digits_of(re.sub(r"<[^>]*>", "", html))


def test_full_numbers_on_demand() -> None:
    """Who asks for complete numbers gets them, and a warning on the page."""
    html = render(example_attack(), full_numbers=True)
    assert NUMBERS[0] in html
    assert "Confidential" in html
    assert "Confidential" not in render(example_attack())


def test_prefixes_stay_readable() -> None:
    """A range is shown as its prefix in one piece, followed by an x for each digit that differs inside it."""
    ranges = [element.words for element in Page(render(example_attack())).all("code")]
    assert "+99899394xxxx" in ranges
    assert "+998993940xxx" in ranges


@every_example
def test_the_result_is_not_changed(example: Example) -> None:
    """Rendering works on a copy."""
    investigation = example()
    render(investigation)
    assert investigation == example()


@every_example
def test_same_result_same_page(example: Example) -> None:
    """The page depends on the result alone: neither on the clock nor on chance."""
    assert render(example()) == render(example())


def test_a_result_read_from_its_file_gives_the_same_page() -> None:
    """investigation.json holds everything that the page shows."""
    investigation = example_attack()
    again = msgspec.json.decode(msgspec.json.encode(investigation), type=Investigation)
    assert render(again) == render(investigation)


def small_branches(investigation: Investigation) -> set[str]:
    """Labels and prefixes of tree nodes with less than a twentieth of the messages, which the page adds up."""
    small: set[str] = set()
    for tree in (case.tree for case in investigation.cases if case.tree is not None):
        queue = [tree]
        while queue:
            node = queue.pop()
            queue += node.children
            if node.sends < 0.05 * tree.sends:
                small |= {node.label, node.prefix or ""}
    return small


def test_every_text_of_the_result_is_shown() -> None:
    """Nothing of the result is lost on the way: each of its texts stands on the page, small branches added up."""
    investigation = example_attack()
    words = " ".join(Page(render(investigation, full_numbers=True)).all("html")[0].words.split())
    known = {"campaign", "carrier_outage", "shared_nat", "load_test", "UZ", "PL"}
    known |= {"conversion", "destinations", "volume", "requests", "provider"}
    known |= small_branches(investigation)
    known |= {exhibit.id for case in investigation.cases for exhibit in case.exhibits}
    benign_ids = {"2026-05-25-pl-1", investigation.cases[0].summary}
    for text in texts(investigation):
        if text and text not in known | benign_ids and text not in {"close_range", "challenge"}:
            assert " ".join(text.split()) in words, text


@pytest.mark.parametrize("moment", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
def test_odd_times_do_not_break_the_page(moment: datetime) -> None:
    """The ends of the calendar are shown like any other time."""
    investigation = example_attack()
    for case in investigation.cases:
        case.started_at = case.ended_at = case.detectable_at = moment
    assert f"{moment:%Y-%m-%d %H:%M} UTC" in render(investigation)
