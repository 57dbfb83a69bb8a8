"""The terminal's summary: the first screen in plain text, safe for any terminal."""

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
        "Since            2026-05-26 10:00 UTC (14 h so far)",
        "Detectable       2026-05-26 10:06 UTC, after 14 messages and $2.84",
    ]
    assert "  +99899394  4,642 messages  8 verified  $942.79  Uzbekistan, Example Mobile (434-05)" in lines
    assert "  Load test, possible: The rhythm is a machine's; ask the team of the sign-up form." in lines
    assert "  1. Close 2 ranges +99899394 and +99899395: would have stopped 7,254 messages and 7 honest" in lines
    assert "  out/demo/report.html         the page for people" in lines
    titles = [line for line in lines[8:] if line and not line.startswith(" ")]
    assert titles == [
        "Ranges",
        "Origins",
        "Explanations not excluded",
        "Examined and explained",
        "What to do first",
        "Files",
    ]


def test_no_attack_in_words() -> None:
    """Without a live case the summary says what was examined and what explains the surges."""
    text = summary_text(example_benign(), FILES)
    assert "CLEAR: A surge was found and explained" in text
    assert "Examined         12,407 messages, 310,220 web requests, $612.50" in text
    assert "Marketing campaign (2,098 messages, $65.04)" in text
    assert "Lost so far" not in text


def test_no_messages_in_words() -> None:
    """An empty result is said plainly."""
    assert summary_text(example_clear(), []).startswith(
        "CLEAR: No messages in this evidence\nClose: no criterion is met.\n"
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
    text = summary_text(planted(example_attack(), lambda _: f"of {form}, said"), FILES)
    assert number not in digits_of(text)


def test_full_numbers_on_demand() -> None:
    """Who asks for complete numbers gets them."""
    investigation = example_attack()
    investigation.cases[1].title = f"To {NUMBERS[0]}"
    assert NUMBERS[0] not in summary_text(investigation, FILES)
    assert NUMBERS[0] in summary_text(investigation, FILES, full_numbers=True)
