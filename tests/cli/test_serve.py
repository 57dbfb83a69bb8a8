"""``checkvalve serve``: what keeps it from starting is told, and what it is given reaches the server."""

from pathlib import Path

import pytest

from checkvalve.cli.main import run
from checkvalve.gateways import server
from checkvalve.gateways.app import Served
from checkvalve.guard.tenants import Tenants


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    """The servers that would have run, each closed at once; no variable of the environment says anything."""
    found: list[Served] = []

    def serve(served: Served, listening: object, log_level: str, before: object = None) -> None:
        found.append(served)
        if served.api.keeping is not None:
            served.api.keeping.close()

    for name in ("POLICY", "STATE", "SECRET", "TOKEN", "DECISION_LOG", "VERIFIED_LOG", "IN_PATH"):
        monkeypatch.delenv(f"CHECKVALVE_{name}", raising=False)
    monkeypatch.setattr(server, "serve", serve)
    return found


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--secret-file", "none"], "none: cannot be read"),
        (["--secret-file", "empty"], "empty: the file is empty"),
        (["--state", "state"], "needs a secret of 16 characters"),
        (["--policy", "broken.toml"], "broken.toml:1, mood: no such setting"),
        (["--policy", "none.toml"], "the policy cannot be read"),
        (["--state", "file", "--secret-file", "secret"], "the folder of the state cannot be used"),
        (["--host", "192.0.2.1"], "cannot listen there"),
    ],
)
def test_what_keeps_it_from_starting_is_told(
    options: list[str],
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    started: list[Served],
) -> None:
    """A missing secret, a broken policy, a folder that is none or a foreign address: one message, and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text("", encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "secret").write_text("random text that is kept", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("mood = 'good'", encoding="utf-8")
    assert run(["serve", "--port", "0", *options]) in (1, 2)
    told = capsys.readouterr().err
    assert what in told
    assert "What to do: " in told
    assert not started


def test_what_it_is_given_reaches_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[Served]
) -> None:
    """Policy folder, state and secrets come from options, and from the environment where there are none."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "shop.toml").write_text("mode = 'shadow'", encoding="utf-8")
    monkeypatch.setenv("CHECKVALVE_SECRET", "random text that is kept")
    monkeypatch.setenv("CHECKVALVE_STATE", str(tmp_path / "state"))
    assert run(["serve", "--port", "0", "--policy", str(tmp_path / "policies"), "--most-tenants", "3"]) == 0
    guard = started[0].guard
    assert isinstance(guard, Tenants)
    assert (guard.policy_of("shop").mode, guard.most) == ("shadow", 3)
    assert (tmp_path / "state" / "snapshot").exists()


def test_a_log_of_who_verified_is_kept_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[Served]
) -> None:
    """What the environment asks for is done, or refused beside a state: never left out in silence."""
    monkeypatch.setenv("CHECKVALVE_SECRET", "random text that is kept")
    monkeypatch.setenv("CHECKVALVE_VERIFIED_LOG", str(tmp_path / "verified.log"))
    assert run(["serve", "--port", "0"]) == 0
    assert (tmp_path / "verified.log").exists()
    assert run(["serve", "--port", "0", "--state", str(tmp_path / "state")]) == 2
    assert "CHECKVALVE_VERIFIED_LOG" in capsys.readouterr().err
    assert len(started) == 1


def test_an_open_door_is_warned_of(caplog: pytest.LogCaptureFixture, tmp_path: Path, started: list[Served]) -> None:
    """Who listens to everybody without a token is warned."""
    assert run(["serve", "--host", "0.0.0.0", "--port", "0"]) == 0
    assert "give a token" in caplog.text
