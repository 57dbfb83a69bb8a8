"""The log of decisions."""

import errno
import json
import logging
import os
from pathlib import Path

import msgspec
import pytest

from checkvalve.errors import Surroundings
from checkvalve.gateways import decision_log
from checkvalve.gateways.api import Api
from checkvalve.gateways.decision_log import DecisionLog
from checkvalve.guard import Attempt, Decision, Guard, Reason

ATTEMPT = Attempt("d1", 1_780_000_000.0, "+447700900123", account_id="jane", ip="203.0.113.7", tenant="shop")
DECISION = Decision("d1", "challenge", 0.25, (Reason("country.new", "challenge", "GB is new"),), would="challenge")


def test_a_line_holds_no_number_and_no_account(tmp_path: Path) -> None:
    """A decision is one line of JSON with its reasons; the number is masked, the account left out."""
    log = DecisionLog(tmp_path / "log")
    log.add(ATTEMPT, DECISION, "mine")
    log.flush()
    text = log.path.read_text(encoding="utf-8")
    told = json.loads(text)
    assert (told["at"], told["phone"], told["reasons"][0]["code"]) == (
        "2026-05-28T20:26:40.000Z",
        "+44770090••••",
        "country.new",
    )
    assert "jane" not in text
    assert "0123" not in text


def test_a_number_in_what_callers_name_is_masked(tmp_path: Path) -> None:
    """Ids, forms and tenants stand as callers name them, but for the numbers that they hold."""
    log = DecisionLog(tmp_path / "log")
    attempt = msgspec.structs.replace(ATTEMPT, endpoint="/users/+447700900123/code", tenant="447700900123")
    log.add(attempt, DECISION, "eu-west-1_x/+447700900123")
    log.add(ATTEMPT, DECISION, "6f1ed002-1234-5678-9012-123456789012")
    log.flush()
    text = log.path.read_text(encoding="utf-8")
    assert "0123" not in text
    first, second = map(json.loads, text.splitlines())
    assert (first["attempt_id"], first["endpoint"]) == ("eu-west-1_x/+44770090••••", "/users/+44770090••••/code")
    assert (second["attempt_id"], second["tenant"]) == ("6f1ed002-1234-5678-9012-123456789012", "shop")


def test_a_file_that_was_moved_away_begins_anew(tmp_path: Path) -> None:
    """After a rotation the next lines are in a new file."""
    log = DecisionLog(tmp_path / "log")
    log.add(ATTEMPT, DECISION, None)
    log.flush()
    log.path.rename(tmp_path / "log.1")
    log.add(ATTEMPT, DECISION, None)
    log.flush()
    assert len(log.path.read_text(encoding="utf-8").splitlines()) == 1
    assert len((tmp_path / "log.1").read_text(encoding="utf-8").splitlines()) == 1


def test_a_full_disk_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the disk does not take waits, and that is logged."""
    log = DecisionLog(tmp_path / "log")
    log.add(ATTEMPT, DECISION, None)

    def full(file: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(os, "write", full)
        log.flush()
    assert "No space left" in caplog.text
    log.flush()
    assert len(log.path.read_text(encoding="utf-8").splitlines()) == 1


def test_a_folder_that_goes_and_comes_back_loses_no_line(tmp_path: Path) -> None:
    """While its folder is away lines wait; nothing that was opened since is taken for the file."""
    folder = tmp_path / "logs"
    folder.mkdir()
    log = DecisionLog(folder / "log")
    folder.rename(tmp_path / "moved")
    log.add(ATTEMPT, DECISION, None)
    assert not log.flush()
    with (tmp_path / "another").open("wb", buffering=0) as another:
        folder.mkdir()
        assert log.flush()
        another.write(b"x")
    assert (tmp_path / "another").read_bytes() == b"x"
    assert len(log.path.read_text(encoding="utf-8").splitlines()) == 1


def test_a_full_disk_is_said_once_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the disk takes nothing that is logged now and then, not each time; what is lost stands in the metrics."""
    log = DecisionLog(tmp_path / "log")
    api = Api(Guard(capacity=100), log=log)

    def full(file: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(os, "write", full)
        patched.setattr(decision_log, "MOST_WAITING", 0)
        for _ in range(3):
            log.add(ATTEMPT, DECISION, None)
            log.flush()
        metrics = api.reply("GET", "/metrics", lambda _: None, b"").body.decode()
    assert len(caplog.records) == 1
    for line in ("failing 1", "failures_total 3", "lost_total 2"):
        assert f"checkvalve_decision_log_{line}\n" in metrics
    log.flush()
    assert log.gauges()["checkvalve_decision_log_failing"] == 0.0


@pytest.mark.parametrize("phone", ["+447911222333;ext=1234", "+447911222333 +447911222334", "jane@example.org"])
def test_what_is_no_number_is_not_written(tmp_path: Path, phone: str) -> None:
    """Of a text that is no number, or one and more, nothing is written: it may hold anything."""
    log = DecisionLog(tmp_path / "log")
    log.add(msgspec.structs.replace(ATTEMPT, phone=phone), DECISION, None)
    log.flush()
    assert json.loads(log.path.read_text(encoding="utf-8"))["phone"] == "what is no number"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there is said at once, and what to do."""
    with pytest.raises(Surroundings, match="What to do"):
        DecisionLog(tmp_path / "none" / "log")
