"""The server as a program: what it answers on the wire, and what outlives it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checkvalve.errors import Surroundings, Usage
from checkvalve.gateways import server
from checkvalve.gateways.api import LARGEST_BODY

NUMBER = "+447700900123"
ADDRESS = "127.0.0.1"


@contextmanager
def running(*options: str, ends: int = signal.SIGTERM) -> Iterator[int]:
    """A server on a free port, which is given."""
    arguments = [sys.executable, "-m", "checkvalve", "serve", "--port", "0", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHECKVALVE_")}
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        told = ""
        for line in process.stderr:
            told += line
            if "listening on" in line:
                break
        assert "listening on" in told, told
        try:
            yield int(told.strip().rpartition(":")[2])
        finally:
            process.send_signal(ends)
            left = process.stderr.read()
            status = process.wait(20)
    assert status == (0 if ends == signal.SIGTERM else -ends), left


def ask(port: int, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=10)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def spoken(port: int, said: bytes) -> bytes:
    """All that is answered to these bytes, until the connection is closed."""
    with socket.create_connection((ADDRESS, port), timeout=10) as connection:
        connection.sendall(said)
        heard = b""
        while block := connection.recv(65_536):
            heard += block
        return heard


def request(body: bytes, *headers: bytes, path: bytes = b"/v1/decisions", version: bytes = b"1.1") -> bytes:
    """A request as it stands on the wire."""
    lines = [b"POST " + path + b" HTTP/" + version, b"Host: guard", *headers]
    return b"\r\n".join([*lines, b"", body])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that asks for no token."""
    with running() as found:
        yield found


ASKED = json.dumps({"phone": NUMBER, "price_usd": 0.01}).encode()
LENGTH = b"Content-Length: %d" % len(ASKED)
CLOSE = b"Connection: close"


def test_a_connection_is_used_again(port: int) -> None:
    """Several requests on one connection are answered in their order."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=10)
    for path, status in (("/healthz", 200), ("/v1/none", 404), ("/readyz", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == status
        assert answer.getheader("cache-control") == "no-store"
        answer.read()
    connection.close()


def test_requests_in_a_row_are_answered_in_a_row(port: int) -> None:
    """Requests that come before the first answer is read are each answered."""
    heard = spoken(port, request(ASKED, LENGTH) * 3 + request(ASKED, LENGTH, CLOSE))
    assert heard.count(b"HTTP/1.1 200 OK") == 4
    assert heard.count(b'"decision_id"') == 4


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (request(ASKED, LENGTH, version=b"1.0"), b"200"),
        (request(b"%x\r\n%s\r\n0\r\n\r\n" % (len(ASKED), ASKED), b"Transfer-Encoding: chunked", CLOSE), b"200"),
        (request(ASKED, LENGTH, CLOSE, path=b"http://guard/v1/decisions?x=1"), b"200"),
        (request(ASKED, LENGTH, CLOSE, path=b"/v1/decision%73"), b"200"),
        (b"\x16\x03\x01 this is TLS\r\n\r\n", b"400"),
        (request(b"{", b"Content-Length: 1", CLOSE), b"400"),
        (request(b"x" * (LARGEST_BODY + 1), b"Content-Length: %d" % (LARGEST_BODY + 1), CLOSE), b"413"),
        (request(b"", b"X-Large: " + b"x" * 40_000, b"Content-Length: 0", CLOSE), b"431"),
        (b"HEAD /healthz HTTP/1.1\r\nHost: guard\r\nConnection: close\r\n\r\n", b"200"),
        (b"PUT /v1/decisions HTTP/1.1\r\nHost: guard\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", b"405"),
    ],
)
def test_every_way_of_speaking_is_answered(port: int, said: bytes, status: bytes) -> None:
    """Old versions, chunks, whole URLs, percent signs, nonsense and large requests each get their status."""
    heard = spoken(port, said)
    assert heard.split(b" ")[1] == status
    head, _, body = heard.partition(b"\r\n\r\n")
    assert bool(body) != said.startswith(b"HEAD")
    assert b"content-length: " in head


def test_who_waits_is_told_to_go_on(port: int) -> None:
    """A client that asks whether its body is wanted is told so."""
    heard = spoken(port, request(ASKED, LENGTH, CLOSE, b"Expect: 100-continue"))
    assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_it_goes_on_after_a_stop_and_after_a_kill(tmp_path: Path) -> None:
    """What was asked before a graceful stop, and who verified before a kill, is known to the next process."""
    secret, log = tmp_path / "secret", tmp_path / "decisions.jsonl"
    secret.write_text("a secret that is kept\n", encoding="utf-8")
    policy = tmp_path / "policy.toml"
    options = ("--state", str(tmp_path / "state"), "--secret-file", str(secret), "--policy", str(policy))
    policy.write_text("mode = 'enforce'", encoding="utf-8")
    with running(*options, "--decision-log", str(log)) as port:
        assert ask(port, "/v1/decisions", {"phone": NUMBER, "attempt_id": "mine"})[1]["action"] == "allow"
    with running(*options, ends=signal.SIGKILL) as port:
        assert ask(port, "/v1/outcomes", {"attempt_id": "mine", "event": "verified"}) == (200, {"known": True})
    policy.write_text("[new_country]\nclosed = ['GB']", encoding="utf-8")
    with running(*options) as port:
        # of the second before the kill, that the code came back at all may be lost: then the resend waits
        assert ask(port, "/v1/decisions", {"phone": NUMBER})[1]["action"] in ("allow", "delay")
        assert ask(port, "/v1/decisions", {"phone": "+447700900777"})[1]["action"] == "block"
    line = json.loads(log.read_text(encoding="utf-8"))
    assert (line["action"], line["phone"], line["attempt_id"]) == ("allow", "+44770090••••", "mine")
    assert NUMBER not in log.read_text(encoding="utf-8")


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    """With a token file, only who shows the token may ask."""
    token = tmp_path / "token"
    token.write_text("the token\n", encoding="utf-8")
    with running("--token-file", str(token)) as port:
        assert ask(port, "/v1/decisions", {"phone": NUMBER})[0] == 401
        assert ask(port, "/v1/decisions", {"phone": NUMBER}, Authorization="Bearer the token")[0] == 200


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server's packages are not installed, the command that installs them is named."""
    monkeypatch.setattr(server, "NEEDED", ("uvicorn", "no_such_package"))
    with pytest.raises(Usage, match=r"no_such_package is not installed.*pip install 'checkvalve\[serve\]'"):
        server.needed()


def test_a_port_in_use_is_told() -> None:
    """Where something listens already, that is said with what to do."""
    with server.bound(ADDRESS, 0) as first, pytest.raises(Surroundings, match="'--port'"):
        server.bound(ADDRESS, first.getsockname()[1])
