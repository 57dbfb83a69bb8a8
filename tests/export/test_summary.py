"""The terminal's summary: the first screen in plain text, safe for any terminal."""

import re
import unicodedata
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from checkvalve.export import summary_text
from checkvalve.investigation import Investigation
from tests.export.anything import investigations
from tests.export.attack import NUMBERS
from tests.export.examples import example_attack, example_benign, example_clear
from tests.export.numbers import complete_numbers, written
from tests.export.planting import planted
from tests.export.test_masking import digits_of

UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
FILES = [Path("out/demo/report.html"), Path("out/demo/investigation.json")]


def test_an_attack_in_words() -> None:
    """Verdict, decision, money, time, ranges, origins, rivals, what is explained, steps and files, in this order."""
    lines = summary_text(example_attack(), FILES).splitlines()
    assert lines[:7] == [
        "ATTACK: SMS pumping to two number blocks in Uzbekistan through the sign-up form",
        "Escalate to tier 2: E1 and E2 are met; E3 waits for an answer.",
        "",
        "Lost so far      $1,473.29 (12% of it estimated)",
        "Losing per hour  $105.23, still running",
        "Since            2026-05-26 10:00 UTC, 14 h so far",
        "Detectable       2026-05-26 10:06 UTC, after 14 messages and $2.84",
    ]
    assert "  +99899394  4,642 messages and 5 honest  $942.79  Uzbekistan, Example Mobile (434-05)" in lines
    assert "  Load test, possible: The rhythm is a machine's; ask the team of the sign-up form." in lines
    assert "  1. Close 2 ranges +99899394 and +99899395: would have stopped 7,254 messages and 7 honest" in lines
    assert "  out/demo/report.html         the page for people" in lines
    titles = [line for line in lines[8:] if line and not line.startswith(" ")]
    assert titles == [
        "Ranges (messages of the case, and honest ones beside them)",
        "Origins",
        "Explanations not excluded",
        "Examined and explained",
        "What to do first",
        "Not used",
        "Files",
    ]


def test_no_attack_in_words() -> None:
    """Without a live case the summary says what was examined and what explains the surges."""
    text = summary_text(example_benign(), FILES)
    assert "CLEAR: A surge was found and explained" in text
    assert "Examined         12,407 messages, 310,220 web requests, $612.50" in text
    assert "Sign-ups in Poland after the spring campaign (2,098 messages, $65.04). Marketing campaign:" in text
    assert "Lost so far" not in text


def test_no_messages_in_words() -> None:
    """An empty result is said plainly."""
    assert summary_text(example_clear(), []).startswith(
        "NO VERDICT: No message in this evidence, so nothing could be judged\nClose: no criterion is met.\n"
    )


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    """Given the folder of a result, the summary lists the files of a result that are in it."""
    for name in ("report.html", "investigation.json", "other.txt"):
        (tmp_path / name).touch()
    listed = summary_text(example_clear(), tmp_path).split("Files\n")[1].splitlines()
    assert [Path(line.split()[0]).name for line in listed] == ["report.html", "investigation.json"]


def test_a_folder_without_files_stands_for_itself(tmp_path: Path) -> None:
    """A folder that holds none of the files of a result is named itself."""
    assert str(tmp_path) in summary_text(example_clear(), tmp_path)


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(investigations())
def test_any_result_fits_the_terminal(investigation: Investigation) -> None:
    """No line is wider than 100 columns, and no control character or direction mark reaches the terminal."""
    for line in summary_text(investigation, FILES).split("\n"):
        assert len(line) <= 100
        assert not [mark for mark in line if unicodedata.category(mark) in UNSEEN], ascii(line)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.data())
def test_no_complete_number_in_the_terminal(data: st.DataObject) -> None:
    """A number in any text of the result is masked in the summary too."""
    number = data.draw(complete_numbers().filter(lambda digits: len(digits) >= 10))
    form = data.draw(written(number))
    text = summary_text(planted(example_attack(), lambda _: f"of {form}, said", names=False), FILES)
    assert number not in digits_of(text)


def test_full_numbers_on_demand() -> None:
    """Who asks for complete numbers gets them."""
    investigation = example_attack()
    investigation.cases[1].title = f"To {NUMBERS[0]}"
    assert NUMBERS[0] not in summary_text(investigation, FILES)
    assert NUMBERS[0] in summary_text(investigation, FILES, full_numbers=True)


def test_an_explanation_of_several_cases_is_said_once() -> None:
    """Cases are numbered, and what holds for several of them alike is one line that names them."""
    investigation = example_attack()
    second = example_attack().cases[1]
    second.id, second.title, second.cost_usd = "second", "A smaller one", 12.0
    third = example_attack().cases[1]
    third.id, third.cost_usd, third.rival_explanations[3].why = "third", 11.0, "Another rhythm."
    investigation.cases += [second, third]
    text = " ".join(summary_text(investigation, FILES).split())
    assert text.count("The rhythm is a machine's; ask the team of the sign-up form.") == 1
    assert "Load test, possible (cases 1 and 2): The rhythm is a machine's" in text
    assert "Load test, possible (case 3): Another rhythm." in text
    assert " 2. A smaller one (attack): 7,254 messages, $12.00, since 2026-05-26 10:00 UTC" in text
    assert " Case 2: 7,254 messages, requested from 1,912 addresses." in text


def test_codes_of_which_no_log_tells_are_unknown() -> None:
    """Without a log of verifications the other messages to a range are not called honest."""
    investigation = example_attack()
    investigation.cases[1].conversion = None
    text = summary_text(investigation, FILES)
    assert re.search(r"messages and +\d+ others", text)
    assert "8 honest" not in text


def test_what_the_money_per_hour_is_a_rate_of() -> None:
    """Once a case has stopped, its rate is that of its core."""
    investigation = example_attack()
    costs = investigation.cases[1].costs
    assert costs is not None
    costs.ongoing = False
    expected = "Lost per hour    $105.23, while nine tenths of the messages went out"
    assert expected in summary_text(investigation, FILES).splitlines()


def test_one_message_beside_is_one_other() -> None:
    """A single message of somebody else is not called several."""
    investigation = example_attack()
    investigation.cases[1].conversion = None
    investigation.cases[1].destinations[0].honest_sends = 1
    text = summary_text(investigation, FILES)
    assert re.search(r"messages +and 1 other\b", text)
    assert "1 others" not in text
