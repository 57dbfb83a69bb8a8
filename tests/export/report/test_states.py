"""report.html in all states of an investigation: what is said where, and that nothing makes it stumble."""

from datetime import timedelta

from hypothesis import Phase, given, settings
from msgspec.structs import replace

from checkvalve.export import render, summary_text
from checkvalve.investigation import Investigation, Series
from tests.export.anything import investigations
from tests.export.clock import DAY, at
from tests.export.examples import example_attack, example_benign, example_clear
from tests.export.report.markup import Page


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(investigations())
def test_any_result_gives_a_page(investigation: Investigation) -> None:
    """Whatever the types allow is shown on a well-formed page with unique ids."""
    page = Page(render(investigation))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def overview(investigation: Investigation) -> str:
    """What the first screen says."""
    return Page(render(investigation)).one(id="overview").words


def test_the_first_screen_of_an_attack() -> None:
    """Verdict, decision, money with its basis, since when, detectable, the ranges and the first steps are there."""
    words = overview(example_attack())
    assert words.startswith("Attack Escalate to tier 2 E1 and E2 are met; E3 waits for an answer")
    for fact in (
        "Lost so far $1,473.29 12% of it estimated",
        "Losing per hour $105.23 still running",
        "Since 2026-05-26 10:00 UTC",
        "Detectable 2026-05-26 10:06 UTC after 6 min: 14 messages, $2.84",
        "+99899394xxxx Uzbekistan, Example Mobile (434-05)",
        "Close 2 ranges +99899394 and +99899395",
        "Ask the business unit",
    ):
        assert fact in words


def test_the_first_screen_when_all_is_explained() -> None:
    """A result without attack says so, what was examined, and that nothing is to be closed."""
    words = overview(example_benign())
    assert words.startswith("Clear Close no criterion is met")
    assert "Lost to pumping $0.00 1 surge examined and explained" in words
    assert "Messages examined 12,407" in words
    assert "Lost so far" not in words


def test_nothing_is_claimed_without_messages() -> None:
    """Without a message in the evidence the page does not say that nothing was lost; it says what to give it."""
    words = overview(example_clear())
    assert "No message in this evidence, so nothing could be judged" in words
    assert "Lost to pumping unknown no messages to judge by" in words
    assert "Give it logs that hold messages" in words


def test_a_suspicion_names_ranges_to_watch() -> None:
    """A suspicious case is no attack: its ranges are to be watched, not closed."""
    investigation = example_attack()
    investigation.verdict = investigation.cases[1].verdict = "suspicious"
    words = overview(investigation)
    assert "Ranges to watch" in words
    assert "Ranges to close" not in words


def test_an_attack_that_has_stopped() -> None:
    """The cost per hour is then what it was while most of its messages went out, and nothing is projected."""
    investigation = example_attack()
    costs = investigation.cases[1].costs
    assert costs is not None
    costs.ongoing, costs.estimated_share = False, 1.0
    words = overview(investigation)
    assert "Per hour in its core $105.23 while nine tenths of the messages went out" in words
    assert "$1,473.29 all of it estimated" in words
    assert "In 30 days at this rate" not in Page(render(investigation)).one(id="case-1").words


def test_what_a_case_above_counts_too_is_said() -> None:
    """Whoever adds the cases up by hand sees why the first screen's sum is less."""
    investigation = example_attack()
    first = next(case for case in investigation.cases if case.verdict == "attack")
    second = replace(first, id="case-2", shared_sends=7, shared_cost_usd=1.5)
    investigation.cases = [first, second]
    words = Page(render(investigation)).all("main")[0].words
    assert f"{second.sends:,}, 7 of them counted above too" in words
    assert f"${second.cost_usd:,.2f}, $1.50 of it counted above too" in words
    assert words.count("counted above too") == 2


def test_explained_surges_stand_apart() -> None:
    """A benign case is in a section of its own, says what explains it, and is not among the cases."""
    page = Page(render(example_attack()))
    explained = page.one(id="explained").words
    assert "Marketing campaign. 'Spring in Poland'" in explained
    assert "Sign-ups in Poland" not in page.one(id="case-1").words
    assert "Sign-ups in Poland" not in page.one(id="overview").words


def test_exhibits_hold_claim_query_and_rows() -> None:
    """Behind each claim stand the query, the number of rows and examples, closed until asked for."""
    page = Page(render(example_attack()))
    exhibit = next(one for one in page.all("details") if one.attributes.get("class") == "exhibit")
    assert "open" not in exhibit.attributes
    assert exhibit.words.startswith("The most frequent number, +99899395••••, got four messages; it was verified")
    exhibit = page.one(id="2026-05-26-uz-1/destinations")
    assert exhibit.words.startswith(
        "Two blocks of 10,000 numbers take nearly all of the excess. 2 rows SELECT left("
    )
    assert "+99899394 4642 8" in exhibit.words


def test_questions_criteria_and_playbook() -> None:
    """Answers carry confidence or what is missing, criteria what they wait for, tasks their state."""
    page = Page(render(example_attack()))
    assert (
        "Q3 Do users report that expected messages do not arrive? Unknown Missing:"
        in page.one(id="questions").words
    )
    assert "Waits – " not in page.one(id="escalation").words
    assert "Waits for: the answer of the team of the sign-up form" in page.one(id="escalation").words
    playbook = page.one(id="playbook").words
    assert "Tier 1 analysis 3 of 3 done" in playbook
    assert "Needs input" in playbook


def test_the_sum_of_records_is_checked() -> None:
    """A file whose records do not add up is marked."""
    investigation = example_attack()
    assert "off by" not in render(investigation)
    investigation.inputs[0].used -= 3
    assert "off by 3" in Page(render(investigation)).one(id="inputs").words


def test_collateral_is_named() -> None:
    """Every measure says how many honest messages it would have stopped, alone and with those like it."""
    words = Page(render(example_attack())).one(id="containment").words
    assert "Close 2 ranges +99899394 and +99899395 every form, message and voice 1 d 7,254 7" in words
    assert "+99899394 4,642 5 64% of the loss" in words
    assert "none The fingerprint" in words


def test_long_lists_are_folded() -> None:
    """A thousand ranges and origins stay readable: the first are shown, the next folded, the rest counted."""
    investigation = example_attack()
    case = investigation.cases[1]
    case.destinations = case.destinations[:1] * 1000
    for index, destination in enumerate(case.destinations):
        case.destinations[index] = type(destination)(
            prefix=f"+998{index:04}",
            country=None,
            network=None,
            sends=1,
            distinct_numbers=9,
            verified=0,
            cost_usd=0.1,
        )
    case.origins = case.origins[:1] * 1000
    words = Page(render(investigation)).all("main")[0].words
    for part in ("995 more ranges", "988 more ranges", "992 more origins", "592 more are in investigation.json"):
        assert part in words
    assert len(render(investigation)) < 1_000_000


def test_a_long_series_is_added_up() -> None:
    """A month of minutes makes a chart of bounded size, and no message is lost in it."""
    investigation = example_attack()
    minutes = 30 * 24 * 60
    investigation.cases[1].series = Series(
        start=DAY - timedelta(days=30),
        bucket_s=60,
        sends=[1] * minutes,
        expected=[0.5] * minutes,
        verified=[0] * minutes,
        cost_usd=[0.01] * minutes,
    )
    html = render(investigation)
    assert "43,200 messages where 21,600 were expected, 0 verified, $432.00" in html
    assert len(html) < 200_000


def test_several_cases_are_listed() -> None:
    """With more than one live case the page lists them, the most expensive attack first."""
    investigation = example_attack()
    second = example_attack().cases[1]
    second.title, second.cost_usd, second.started_at = "A smaller one", 12.0, at(8)
    investigation.cases.insert(0, second)
    page = Page(render(investigation))
    cases = page.one(id="cases").words
    assert cases.index("SMS pumping to two number blocks") < cases.index("A smaller one")
    assert "and 1 more case" in page.one(id="verdict").words
    assert "Since 2026-05-26 08:00 UTC" in page.one(id="overview").words


def test_nothing_is_certain() -> None:
    """However sure a case or an answer is, the page never says that it is fully so."""
    investigation = example_attack()
    for case in investigation.cases:
        case.confidence = 1.0
    for question in investigation.questions:
        question.confidence = 1.0
    html = render(investigation)
    assert "100% confident" not in html
    assert "over 99.9% confident" in Page(html).one(id="case-1").words
    assert "over 99.9% confident" in Page(html).one(id="questions").words


def test_unknown_codes_are_not_shown_as_none() -> None:
    """Where no log tells which codes came back, ranges, chart and figures say unknown, and the legend has no word."""
    investigation = example_attack()
    investigation.cases[1].conversion = None
    page = Page(render(investigation))
    assert "unknown" in page.one(id="overview").words
    case = page.one(id="case-1").words
    assert "No log of this evidence tells which codes were entered." in case
    assert "were expected, verified unknown, $1,523.86" in case
    assert "above expectation expected" in case


def test_a_chart_that_ends_before_its_case_says_so() -> None:
    """Stragglers that a chart leaves out are told beside it."""
    investigation = example_attack()
    assert "Not drawn" not in render(investigation)
    investigation.cases[1].ended_at = at(60)
    words = Page(render(investigation)).one(id="case-1").words
    assert (
        "Not drawn: the last few messages of the case, between 2026-05-27 00:00 UTC and 2026-05-28 12:00" in words
    )


def test_requests_of_an_explained_case() -> None:
    """A web log whose origins are the usual ones is not called missing."""
    investigation = example_benign()
    case = investigation.cases[0]
    case.origins, case.addresses = [], 622
    words = Page(render(investigation)).one(id="explained").words
    assert "2,098 messages, requested from 622 addresses; none of them stands out." in words
    assert "An access log of the form would show them" not in words
    case.addresses = None
    assert "An access log of the form would show them" in render(investigation)


def test_each_case_leads_to_its_measures() -> None:
    """A case names what is proposed against it, and the containment section is ordered by case."""
    investigation = example_attack()
    second = example_attack().cases[1]
    second.id, second.title, second.cost_usd = "second", "A smaller one", 12.0
    investigation.cases.append(second)
    investigation.containment[2].case_id = "second"
    page = Page(render(investigation))
    assert "MeasuresClose 2 ranges Messages" in page.one(id="case-1").words
    assert "MeasuresChallenge Messages" in page.one(id="case-2").words
    assert page.one(id="case-2-measures").words.startswith("Case 2: A smaller one")
    assert {"#case-1-measures", "#case-2-measures"} <= {one.attributes.get("href", "") for one in page.all("a")}


def test_many_files_are_folded() -> None:
    """A folder of log files does not fill the page: twelve are shown, the rest is folded."""
    investigation = example_attack()
    investigation.inputs = investigation.inputs[:1] * 40
    assert "28 more files" in Page(render(investigation)).one(id="inputs").words


def test_no_code_seen_is_not_a_share() -> None:
    """Without a single entered code in a clear result the page asks for the log instead of saying zero percent."""
    investigation = example_benign()
    investigation.totals.verified = 0
    words = overview(investigation)
    assert "Codes entered none seen perhaps a log of verifications is missing" in words


def test_the_owner_of_a_network() -> None:
    """Whom a network (ASN) belongs to stands beside its number, on the page and in the terminal."""
    investigation = example_attack()
    origin = investigation.cases[1].origins[0]
    origin.kind, origin.value, origin.share, origin.name = "asn", "64500", 0.9, "Example <Hosting>"
    assert "64500 Example <Hosting>" in Page(render(investigation)).all("main")[0].words
    assert "64500 (Example <Hosting>)" in summary_text(investigation, [])
