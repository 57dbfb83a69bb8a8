"""The program for ASGI servers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.app import Served, Setup, build, create

SECRET = "a secret of the tests"
NUMBER = "+447700900123"


def asked(served: Served, path: str, body: dict[str, Any]) -> Any:
    """One request; what is answered."""
    reply = served.api.reply("POST", path, lambda _: None, json.dumps(body).encode())
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_the_environment_sets_it_up(tmp_path: Path) -> None:
    """Policy, secret and log of verified numbers come from the environment."""
    policy = tmp_path / "policy.toml"
    policy.write_text("mode = 'shadow'", encoding="utf-8")
    log = tmp_path / "verified.log"
    environment = {
        "CHECKVALVE_POLICY": str(policy),
        "CHECKVALVE_SECRET": "a secret of length",
        "CHECKVALVE_VERIFIED_LOG": str(log),
    }
    assert create(environment).guard.policy.mode == "shadow"
    assert log.exists()


def test_a_log_needs_a_secret(tmp_path: Path) -> None:
    """Without a secret that is kept, the log would be of no use to the next run."""
    with pytest.raises(Usage, match="CHECKVALVE_SECRET"):
        create({"CHECKVALVE_VERIFIED_LOG": str(tmp_path / "log")})


@pytest.mark.parametrize("beside", ["CHECKVALVE_STATE", "CHECKVALVE_POLICY"])
def test_a_log_stands_alone(tmp_path: Path, beside: str) -> None:
    """A log of who verified is refused where it would be ignored, or tenants' policies would be."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "shop.toml").write_text("mode = 'shadow'", encoding="utf-8")
    log = tmp_path / "log"
    environment = {"CHECKVALVE_SECRET": SECRET, "CHECKVALVE_VERIFIED_LOG": str(log), beside: str(folder)}
    with pytest.raises(Usage, match="CHECKVALVE_VERIFIED_LOG"):
        create(environment)
    assert not log.exists()


def test_a_callers_own_id_may_be_a_number(tmp_path: Path) -> None:
    """A number in a caller's own id is in no file, and an outcome finds its message by that id after a restart."""
    setup = Setup(state=tmp_path / "state", decision_log=tmp_path / "decisions", secret=SECRET)
    told = {"phone": NUMBER, "attempt_id": f"eu-west-1_x/{NUMBER}", "tenant": "shop"}
    served = build(setup)
    assert asked(served, "/v1/decisions", told)["action"] == "allow"
    asyncio.run(served.upkeep.stop())
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) >= 3
    assert not any(NUMBER[1:].encode() in path.read_bytes() for path in kept)
    again = build(setup)
    assert asked(again, "/v1/outcomes", {"attempt_id": told["attempt_id"], "event": "verified"})["known"]
    asyncio.run(again.upkeep.stop())
