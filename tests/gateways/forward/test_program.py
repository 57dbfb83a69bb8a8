"""The program for ASGI servers."""

import json
from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.app import Served
from checkvalve.gateways.forward.program import create
from tests.gateways.forward.served import ask, served

SETTINGS = """
trusted_proxies = ["127.0.0.1/32"]
[challenge]
kind = "altcha-v1"
[[routes]]
path = "/api/otp"
phone = ["query:phone"]
"""
POLICY = "[new_country]\nlearning = 0"
PROXY = {"x-original-method": "POST", "x-original-uri": "/api/otp?phone=%2B998939412345"}


def test_proxies_and_servers_ask_one_guard(tmp_path: Path) -> None:
    """A proxy's question and the API's are answered by the same guard, with the same challenge."""
    (tmp_path / "gateway.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    environment = {
        "CHECKVALVE_GATEWAY": str(tmp_path / "gateway.toml"),
        "CHECKVALVE_POLICY": str(tmp_path / "policy.toml"),
    }
    with served(create(environment)) as port:
        asked = ask(port, "/forward/nginx", headers=PROXY)
        shown = json.loads(asked.headers["x-checkvalve-challenge"])["challenge"]
        body = json.dumps({"phone": "+998939412345", "price_usd": 0.3}).encode()
        decided = json.loads(ask(port, "/v1/decisions", body).body)
        assert (asked.status, shown["kind"]) == (401, "altcha-v1")
        assert decided["challenge"]["kind"] == "altcha-v1"
        wrong = json.dumps({"decision_id": asked.headers["x-checkvalve-id"], "payload": "wrong"}).encode()
        assert json.loads(ask(port, "/v1/challenges", wrong).body)["action"] == "block"
        counted = ask(port, "/metrics", method="GET").body.decode()
        assert 'checkvalve_decisions_total{action="challenge"} 2' in counted


def test_proxies_and_servers_go_by_one_clock(tmp_path: Path) -> None:
    """What a proxy asks is asked at the time that counts for the API, whatever the clock says for a second."""
    (tmp_path / "gateway.toml").write_text(SETTINGS, encoding="utf-8")
    program = create({"CHECKVALVE_GATEWAY": str(tmp_path / "gateway.toml")})
    assert isinstance(program._otherwise, Served)
    assert program._gate._clock is program._otherwise.api.clock


def test_settings_are_needed(tmp_path: Path) -> None:
    """Without settings there is nothing to guard, and that is told."""
    with pytest.raises(Usage, match="CHECKVALVE_GATEWAY"):
        create({})
    with pytest.raises(Usage, match="cannot be read"):
        create({"CHECKVALVE_GATEWAY": str(tmp_path / "none.toml")})
