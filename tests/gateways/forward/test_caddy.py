"""The recipe for Caddy, as the page has it, with a real Caddy where there is one."""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import altcha
import pytest

from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.forward import ForwardAuth
from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import Configured, Gate, GateSettings
from tests.gateways.forward.nginx import free_port
from tests.gateways.forward.served import Reply, ask, served
from tests.gateways.forward.test_nginx import Application
from tests.gateways.middleware.deployments import PHONE, Scripted

PAGE = (Path(__file__).parents[3] / "docs" / "recipes" / "caddy.md").read_text(encoding="utf-8")
START_S = 20.0


class Site:
    """Caddy, with the guard and the application behind it."""

    def __init__(self, decider: Scripted, application: Application, port: int) -> None:
        self.decider, self.application, self.port = decider, application, port

    def ask(self, headers: dict[str, str] | None = None, path: str = "/api/otp") -> Reply:
        """A request with the number in the query."""
        return ask(self.port, f"{path}?phone=%2B447700900123", b"x=1", headers)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One Caddy for all; each test tells the guard what to decide."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("Caddy is not installed")
    settings = GateSettings(
        routes=(Route("/api/otp", ("query:phone",)),),
        trusted_proxies=("127.0.0.1/32",),
        refused=Configured(403, "", {"x-checkvalve-pretend": "1"}),
        usual_s=(0.0, 0.001),
    )
    decider, application = Scripted(), Application()
    gate = Gate(decider, settings, Challenges(decider, ProofOfWork(b"work", rounds=10, tries=10)))
    folder, port = tmp_path_factory.mktemp("caddy"), free_port()
    with served(ForwardAuth(gate)) as guard, served(application) as behind:
        found = re.search(r"```caddyfile\n(.*?)```", PAGE, re.DOTALL)
        assert found is not None
        text = (
            found[1]
            .replace("shop.example.org {", f"http://127.0.0.1:{port} {{")
            .replace("checkvalve.internal:8090", f"127.0.0.1:{guard}")
            .replace("shop.internal:8080", f"127.0.0.1:{behind}")
        )
        (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}", encoding="utf-8")
        command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, env=environment)
            try:
                _wait(process, port, folder / "log")
                yield Site(decider, application, port)
            finally:
                process.terminate()
                process.wait(START_S)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"Caddy did not start: {log.read_text()[-2_000:]}")


def test_an_allowed_request_passes(site: Site) -> None:
    """An allowed request reaches the application whole, with the guard's name for it."""
    site.decider.action = "allow"
    assert site.ask({"user-agent": "curl/8", "x-checkvalve-action": "forged"}).status == 202
    method, path, headers, body = site.application.seen[-1]
    asked = site.decider.asked[-1]
    assert (method, path, body) == ("POST", "/api/otp", b"x=1")
    assert (headers["x-checkvalve-id"], headers["x-checkvalve-action"]) == (asked.attempt_id, "allow")
    assert (asked.phone, asked.user_agent) == (PHONE, "curl/8")


def test_a_blocked_caller_sees_no_difference(site: Site) -> None:
    """A blocked request does not reach the application, and its answer is that of an accepted one."""
    site.decider.action = "allow"
    accepted, reached = site.ask(), len(site.application.seen)
    site.decider.action = "block"
    blocked = site.ask()
    assert len(site.application.seen) == reached
    assert (blocked.status, blocked.body) == (accepted.status, accepted.body)
    ours = {"content-length", "transfer-encoding", "date"}
    assert blocked.headers.keys() - ours == accepted.headers.keys() - ours


def test_a_challenge_is_shown_and_solved(site: Site) -> None:
    """A challenged caller gets the challenge, and passes with its answer in two headers."""
    site.decider.action = "challenge"
    reply = site.ask()
    assert reply.status == 403
    shown = json.loads(reply.body)["challenge"]
    challenge = altcha.Challenge.from_dict(shown["challenge"])
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    payload = altcha.Payload(challenge, solution).to_base64()
    assert site.ask({"x-checkvalve-ticket": shown["ticket"], "x-checkvalve-solution": payload}).status == 202


def test_other_requests_pass(site: Site) -> None:
    """What is no route reaches the application, and the guard is not asked."""
    site.decider.asked.clear()
    assert site.ask(path="/login").status == 202
    assert site.decider.asked == []
