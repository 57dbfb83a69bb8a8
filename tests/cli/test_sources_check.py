"""What files are, what they hold, and what they let be answered."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkvalve.cli.main import run
from tests.cli.small_logs import write_logs

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with two logs and a page of prose, and the working directory of the test."""
    write_logs(tmp_path)
    (tmp_path / "prose.md").write_text("# Nothing\n\nThat anybody would call a log.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def checked(capsys: Output, *arguments: str) -> dict[str, Any]:
    """The report of a check as JSON."""
    assert run(["sources", "check", *arguments, "--json"]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def possible(report: dict[str, Any]) -> set[str]:
    """The topics that can be answered."""
    return {one["id"] for one in report["answers"] if one["possible"]}


def test_a_file_is_told(capsys: Output) -> None:
    """Each file is named with its source, its records, its rows, and from when to when they are."""
    assert run(["sources", "check", "logs", "prose.md"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("logs/access.log: web.combined (")
    assert lines[1] == "    40 records: 40 used"
    assert lines[2].startswith("    40 requests from 2026-05-26 10:00:00 to 2026-05-26 14:33:00 UTC: occurred_at, ")
    assert lines[3].startswith("logs/messages.csv: twilio.messages (")
    assert any(line.startswith("prose.md: not recognised") for line in lines)


def test_the_same_as_json(capsys: Output) -> None:
    """With --json the counts of each file add up, and the columns are counted."""
    report = checked(capsys, "messages.csv", "prose.md")
    messages, prose = report["files"]
    assert (
        messages["records"] == messages["used"] + messages["merged"] + messages["ignored"] + messages["quarantined"]
    )
    assert messages["holds"][0]["columns"]["destination"] == 40
    assert messages["holds"][0]["first_at"] == "2026-05-26T10:00:00Z"
    assert (prose["source"], prose["records"]) == (None, 0)
    assert report["holds"][0]["rows"] == 40


def test_refusals_are_counted(capsys: Output) -> None:
    """What was quarantined is told by reason, with how often."""
    Path("mixed.log").write_text(Path("web/access.log").read_text() + "no line\nnor this\n", encoding="utf-8")
    [mixed] = checked(capsys, "mixed.log")["files"]
    assert (mixed["quarantined"], sum(mixed["refusals"].values())) == (2, 2)


def test_files_answer_together(capsys: Output) -> None:
    """Messages and requests together answer what neither answers alone, and what is missing is named with logs."""
    alone = checked(capsys, "messages.csv")
    both = checked(capsys, "messages.csv", "web")
    assert {"Q1", "Q4", "E1", "E3", "volume", "cost"} <= possible(alone)
    assert possible(both) - possible(alone) == {"Q2", "E2", "afterwards", "own_network", "requests"}
    [q2] = [one for one in alone["answers"] if one["id"] == "Q2"]
    assert "web.combined" in q2["missing"][0]["sources"]
    [q3] = [one for one in both["answers"] if one["id"] == "Q3"]
    assert q3["missing"] == [{"what": "complaints of users", "sources": ["complaints.csv"]}]


def test_logs_of_the_same_vendor_come_first(capsys: Output) -> None:
    """Of the logs that would give what is missing, those of a vendor that is there already are named first."""
    report = checked(capsys, "messages.csv")
    [conversion] = [one for one in report["answers"] if one["id"] == "conversion"]
    assert conversion["missing"][0]["sources"][0].startswith("twilio.")


def test_a_verdict_that_is_not_there_is_an_answer(capsys: Output) -> None:
    """A log that would hold the provider's verdicts, and holds none, says that there are none."""
    assert "provider_verdict" in possible(checked(capsys, "messages.csv"))


def test_through_a_mapping(capsys: Output) -> None:
    """A log of one's own is checked like any other, once its mapping is given."""
    report = checked(capsys, "shop.jsonl", "--mapping", "shop.toml")
    assert report["files"][0]["source"] == "mapped.shop"
    assert "conversion" in possible(report)


def test_a_wrong_mapping_is_told(capsys: Output) -> None:
    """A mistake in a mapping stops the command before any log is read."""
    Path("bad.toml").write_text('name = "a"\n', encoding="utf-8")
    assert run(["sources", "check", "shop.jsonl", "--mapping", "bad.toml"]) == 2
    assert "bad.toml: the key format is missing" in capsys.readouterr().err


def test_quick(capsys: Output) -> None:
    """With --quick only the source is told."""
    assert run(["sources", "check", "logs", "--quick"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("logs/access.log: web.combined (")
    assert second.startswith("logs/messages.csv: twilio.messages (")


def test_nothing_recognised_is_a_status(capsys: Output) -> None:
    """When no file was recognised the exit status is 2, and the reason is still said."""
    assert run(["sources", "check", "prose.md"]) == 2
    assert "not recognised" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_stops_nothing(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is told among the others."""
    opened: Callable[..., object] = Path.open

    def closed(path: Path, *args: str, **named: object) -> object:
        if path.name == "messages.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **named)

    monkeypatch.setattr(Path, "open", closed)
    assert run(["sources", "check", "logs"]) == 0
    assert "logs/messages.csv: cannot be read: permission denied" in capsys.readouterr().out


def test_a_name_cannot_play_with_the_terminal(capsys: Output) -> None:
    """A control character in the name of a file is shown, not obeyed."""
    Path("evil\x1b[2J.md").write_text("no log", encoding="utf-8")
    run(["sources", "check", "evil\x1b[2J.md"])
    assert "\x1b" not in capsys.readouterr().out


def test_many_files_of_a_source_are_told_together(capsys: Output) -> None:
    """A folder of a log's daily files is one paragraph, with the sums of all of them."""
    lines = Path("web/access.log").read_text(encoding="utf-8").splitlines(keepends=True)
    folder = Path("days")
    folder.mkdir()
    for day in range(8):
        (folder / f"{day}.log").write_text("".join(lines[5 * day : 5 * day + 5]), encoding="utf-8")
    assert run(["sources", "check", "days"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("days/0.log and 7 more: web.combined (")
    assert told[1] == "    40 records: 40 used"
    assert told[2].startswith("    40 requests from 2026-05-26 10:00:00 to 2026-05-26 14:33:00 UTC")
    assert len(checked(capsys, "days")["files"]) == 8


def test_logs_of_different_times_are_told(capsys: Output) -> None:
    """Requests of another month say nothing of the messages, and that is said before anybody waits for an answer."""
    later = Path("web/access.log").read_text(encoding="utf-8").replace("/May/", "/Jul/")
    Path("july.log").write_text(later, encoding="utf-8")
    assert checked(capsys, "messages.csv", "web")["warnings"] == []
    [warning] = checked(capsys, "messages.csv", "july.log")["warnings"]
    assert "the requests (2026-07-26 to 2026-07-26) and the messages (2026-05-26 to 2026-05-26)" in warning


def test_a_proxy_in_place_of_the_clients_is_told(capsys: Output) -> None:
    """A log of a proxy's addresses is told with the setting that helps."""
    lines = Path("web/access.log").read_text(encoding="utf-8").splitlines()
    Path("behind.log").write_text(
        "".join(f"10.0.0.1 {line.partition(' ')[2]}\n" for line in lines), encoding="utf-8"
    )
    assert run(["sources", "check", "behind.log"]) == 0
    assert (
        "Look out: behind.log: 40 of 40 requests come from 10.0.0.1, most likely a proxy" in capsys.readouterr().out
    )
