"""``checkvalve backtest`` from the outside."""

import json
from pathlib import Path

import pytest

from checkvalve.cli.main import run

LINE = '{"attempt_id": "a%d", "at": "2026-05-26T10:00:%02dZ", "phone": "+4477009001%02d", "price_usd": 0.04}\n'


@pytest.fixture
def attempts(tmp_path: Path) -> Path:
    """A file of ten attempts."""
    path = tmp_path / "attempts.jsonl"
    path.write_text("".join(LINE % (nth, nth, nth) for nth in range(10)), encoding="utf-8")
    return path


def test_decisions_and_summary_are_written(attempts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files: a line for each attempt in its order, and the sums."""
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output)]) == 0
    rows = [json.loads(line) for line in (output / "decisions.jsonl").read_text("utf-8").splitlines()]
    assert [row["attempt_id"] for row in rows] == [f"a{nth}" for nth in range(10)]
    assert set(rows[0]) == {"attempt_id", "at", "action", "sent", "p_fraud", "reasons"}
    summary = json.loads((output / "summary.json").read_text("utf-8"))
    assert summary["attempts"] == 10
    assert "limits_per_number_and_address" in summary["rule_sets"]
    assert "10 attempts" in capsys.readouterr().out


def test_the_truth_is_read_from_its_folder(attempts: Path) -> None:
    """With the truth the summary says what was prevented."""
    truth = attempts.parent / "truth"
    truth.mkdir()
    (truth / "fraud_sends.jsonl").write_text('{"attempt_id": "a3"}\n', encoding="utf-8")
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output), "--truth", str(truth), "--no-rule-sets"]) == 0
    summary = json.loads((output / "summary.json").read_text("utf-8"))
    assert summary["against_truth"]["fraud_attempts"] == 1
    assert "rule_sets" not in summary


@pytest.mark.parametrize("line", [b'{"attempt_id": "\xff"}', b'{"attempt_id":' + b"[" * 50_000, b'{"id": "a3"}'])
def test_a_mistake_in_the_truth_is_located(attempts: Path, capsys: pytest.CaptureFixture[str], line: bytes) -> None:
    """A truth that is no UTF-8, nested without end or without attempt_id leaves with 2 and the line."""
    truth = attempts.parent / "truth.jsonl"
    truth.write_bytes(b'{"attempt_id": "a3"}\n' + line)
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output), "--truth", str(truth)]) == 2
    assert "truth.jsonl:2" in capsys.readouterr().err
    assert not output.exists()


def test_a_mistake_in_the_policy_is_located(attempts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy that cannot be used leaves with 2, the place of the mistake, and no result."""
    policy = attempts.parent / "policy.toml"
    policy.write_text("[harm]\nblocked = 3\n", encoding="utf-8")
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output), "--policy", str(policy)]) == 2
    assert "policy.toml:2, harm.blocked" in capsys.readouterr().err
    assert not output.exists()


def test_a_history_backwards_is_refused(attempts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A history whose newest attempt is first would say nothing true; a few late lines are counted and told."""
    rows = attempts.read_text("utf-8").splitlines(keepends=True)
    attempts.write_text("".join(reversed(rows)), encoding="utf-8")
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output)]) == 2
    assert "sort the file by 'at'" in capsys.readouterr().err
    attempts.write_text("".join([*rows[1:], rows[0]]), encoding="utf-8")
    assert run(["backtest", str(attempts), "-o", str(output)]) == 0
    assert json.loads((output / "summary.json").read_text("utf-8"))["late_lines"] == 1
    assert "1 attempts are older" in capsys.readouterr().out


def test_tenants_are_apart_as_they_are_served(attempts: Path) -> None:
    """Each tenant goes by its own policy, and has its own waits between messages to a number."""
    line = '{"attempt_id": "%s", "at": "2026-05-26T10:00:00Z", "phone": "+447700900100", "tenant": "%s"}\n'
    attempts.write_text("".join(line % (name, name) for name in ("shop", "bank", "mail")), encoding="utf-8")
    policies = attempts.parent / "policies"
    policies.mkdir()
    (policies / "mail.toml").write_text("[new_country]\nclosed = ['GB']\n", encoding="utf-8")
    output = attempts.parent / "tried"
    assert run(["backtest", str(attempts), "-o", str(output), "--policy", str(policies)]) == 0
    rows = [json.loads(row) for row in (output / "decisions.jsonl").read_text("utf-8").splitlines()]
    assert [row["action"] for row in rows] == ["allow", "allow", "block"]


def test_a_file_without_attempts_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in which no line is an attempt leaves with 2 and says what is wrong with the first."""
    path = tmp_path / "log.txt"
    path.write_text("hello\n", encoding="utf-8")
    assert run(["backtest", str(path), "-o", str(tmp_path / "tried")]) == 2
    told = capsys.readouterr().err
    assert "line 1: not_json" in told
    assert run(["backtest", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "tried")]) == 2
