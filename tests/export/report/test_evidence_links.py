"""The evidence behind a sentence is one click away: links and exhibits of the page fit together."""

from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings

from checkvalve.export import render
from checkvalve.export.headline import headline
from checkvalve.export.report.exhibits import Exhibits
from checkvalve.investigation import Indicator, Investigation
from tests.export.anything import investigations
from tests.export.examples import example_attack, example_benign, example_clear
from tests.export.planting import planted
from tests.export.report.markup import Element, Page

DESTINATIONS, CONVERSION, HOURS = (f"2026-05-26-uz-1/{name}" for name in ("destinations", "conversion", "hours"))


def links(page: Page) -> list[Element]:
    """The links inside the page."""
    return [element for element in page.all("a") if element.attributes["href"].startswith("#")]


def inside(page: Page, id_: str) -> list[str]:
    """Where the links of a section lead to."""
    html = page.one(id=id_).words
    return [
        link.attributes["href"] for link in links(page) if link.words in html and "/" in link.attributes["href"]
    ]


@pytest.mark.parametrize("example", [example_attack, example_benign, example_clear])
def test_every_link_arrives(example: Callable[[], Investigation]) -> None:
    """Every fragment that the page links to is the id of one of its elements."""
    page = Page(render(example()))
    ids = {element.attributes["id"] for element in page.elements if "id" in element.attributes}
    assert {link.attributes["href"].removeprefix("#") for link in links(page)} <= ids


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(investigations())
def test_every_link_arrives_whatever_the_ids_are(investigation: Investigation) -> None:
    """Ids of exhibits may be empty, equal or hostile: fragments are unique, need no escape, and every link arrives."""
    for nth, case in enumerate(investigation.cases):
        for exhibit in case.exhibits:
            exhibit.id = ("a/b", "", "main", 'x y/"z', "case-1/é")[(nth + exhibit.rows) % 5]
        for indicator in case.indicators:
            indicator.exhibits = ["a/b", 'x y/"z', "main", "nowhere"]
    page = Page(render(investigation))
    exhibits = [one for one in page.all("details") if one.attributes.get("class") == "exhibit"]
    anchors = [one.attributes["id"] for one in exhibits]
    given_ = [*investigation.exhibits, *(exhibit for case in investigation.cases for exhibit in case.exhibits)]
    assert len(anchors) == len(set(anchors)) == len(given_)
    assert all(character.isalnum() or character in "-._~/" for anchor in anchors for character in anchor)
    ids = {element.attributes["id"] for element in page.elements if "id" in element.attributes}
    assert {link.attributes["href"].removeprefix("#") for link in links(page)} <= ids


def test_an_exhibit_keeps_its_id() -> None:
    """The fragment is the id of investigation.json, so that an address can be made from the file."""
    page = Page(render(example_attack()))
    assert "exhibit" in page.one(id=DESTINATIONS).attributes["class"]


def test_every_exhibit_stands_once() -> None:
    """An exhibit that several sentences name is on the page once; the second indicator links to it."""
    page = Page(render(example_attack()))
    case = page.one(id="case-1").words
    assert case.count("SELECT left(destination, 9)") == 1
    assert "See also: Evidence: Two blocks of 10,000 numbers take nearly all of the excess." in case
    assert "More exhibits The messages of one block by hour 14 rows" in case


def test_facts_lead_to_their_exhibits() -> None:
    """A fact that is an indicator's sentence leads to the indicator's exhibits; the first other fact to the rest."""
    investigation = example_attack()
    question = investigation.questions[0]
    first, second = Exhibits(headline(investigation)).sentences(question.facts, question.exhibits)
    assert [one.anchor for one in first.behind] == [HOURS]
    assert [one.anchor for one in second.behind] == [CONVERSION, DESTINATIONS]


def test_questions_and_criteria_have_links() -> None:
    """The links stand in the sections of the questions and of the escalation."""
    page = Page(render(example_attack()))
    assert f"#{HOURS}" in inside(page, "questions")
    assert f"#{DESTINATIONS}" in inside(page, "escalation")


def test_unknown_references_are_passed_over() -> None:
    """An id that no exhibit has gives no link."""
    investigation = example_attack()
    investigation.questions[0].exhibits = ["gone/volume"]
    assert "gone/volume" not in render(investigation)


def test_several_cases_are_told_apart() -> None:
    """With several cases a link says which case its exhibit belongs to."""
    investigation = example_attack()
    words = Page(render(investigation)).one(id="questions").words
    assert "The messages of one block by hour, Case 1" in words
    investigation.cases = investigation.cases[1:]
    assert ", Case 1" not in Page(render(investigation)).one(id="questions").words


def test_indicators_without_exhibits_are_shown() -> None:
    """A sentence without an exhibit stands alone."""
    investigation = example_attack()
    investigation.cases[1].indicators = [
        Indicator(id="volume", weight=1.0, observed="9", expected="1", explanation="Nine came.")
    ]
    page = Page(render(investigation))
    assert "Nine came. Observed: 9. Expected: 1." in page.one(id="case-1").words
    assert len([one for one in page.all("details") if one.attributes.get("class") == "exhibit"]) == 3


def test_queries_run_as_printed_or_say_what_is_missing() -> None:
    """The bounds of a range stay in a query; where a number is masked, the exhibit says that it must be filled in."""
    page = Page(render(example_attack()))
    assert "number BETWEEN 998993940000 AND 998993949999" in page.one(id=HOURS).words
    assert "masked digits" not in page.one(id=HOURS).words
    assert "once the masked digits are filled in" in page.one(id=CONVERSION).words


def test_links_hold_no_foreign_text() -> None:
    """Hostile claims change neither the place nor the number of links."""
    harmless = Page(render(planted(example_attack(), lambda _: "harmless")))
    hostile = Page(render(planted(example_attack(), lambda _: '"><a href="javascript:alert(1)">x/y')))
    assert [one.attributes for one in hostile.all("a")] == [one.attributes for one in harmless.all("a")]
