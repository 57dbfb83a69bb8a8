"""The program for ASGI servers."""

from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.app import create


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
