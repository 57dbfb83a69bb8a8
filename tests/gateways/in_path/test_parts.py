"""Settings of what stands in the path of texts, and the parts that they make."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.api import Api
from checkvalve.gateways.in_path import program
from checkvalve.gateways.in_path import settings as path_settings
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.parts import parts
from checkvalve.gateways.in_path.settings import PathSettings, load
from checkvalve.gateways.in_path.upstream import Upstream
from checkvalve.guard import Guard
from proving.emulators.local_server import LocalServer, Said
from tests.gateways.guards import HONEST, NOW, Recording
from tests.gateways.hooks.payloads import CASES, SECRET, STANDARD

FULL = """
when_broken = "refuse"

[twilio]
token_env = "TWILIO"
callback_url = "https://front.example/callbacks/twilio"

[aws]
refused = "error"
keys_env = ["KEYS"]

[sender]
by = "url"
url = "{url}"

[hooks]
supabase = {{ secret_env = "STANDARD" }}
auth0 = {{ secret_env = "SECRET" }}
okta = {{ secret_env = "SECRET" }}
kratos = {{ secret_env = "SECRET", user = "hook" }}
zitadel = {{ secret_env = "SECRET" }}
logto = {{ secret_env = "SECRET" }}
fusionauth = {{ secret_env = "SECRET", user = "hook" }}
authgear = {{ secret_env = "SECRET" }}
"""
ENVIRONMENT = {"TWILIO": "t", "KEYS": "AKIA:s", "SECRET": SECRET, "STANDARD": STANDARD}
DOCS = Path(__file__).parents[3] / "docs"


def settings(folder: Path, text: str) -> PathSettings:
    """The settings of a text."""
    path = folder / "path.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def asked(app: Any, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, Any]:
    """The answer of an application to one request."""
    status, content = answered(app, method, path, headers, body)
    return status, json.loads(content or b"null")


def asked_text(app: Any, path: str) -> str:
    """What an application says at a path."""
    return answered(app, "GET", path, {}, b"")[1].decode()


def answered(app: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and content of an application's answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_one_file_makes_everything(tmp_path: Path) -> None:
    """Every front and hook that the file names answers, and what none takes goes to the guard's own API."""
    guard = Recording()
    with LocalServer(lambda asked: Said(200, b'{"id": "m1"}')) as sender:
        desk = Desk(guard, clock=lambda: NOW)
        told = settings(tmp_path, FULL.format(url=sender.url))
        upstream = Upstream(5.0)
        app = InPath(parts(told, desk, ENVIRONMENT, "path.toml", upstream, token="r"), Api(Guard(capacity=100)))
        for case in CASES:
            request = case.request(HONEST)
            status, _ = asked(app, "POST", request.target, dict(request.headers), request.body)
            assert status == 200, case.name
        assert (len(sender.asked), len(guard.asked)) == (len(CASES), len(CASES))
        headers = {"authorization": "Bearer r"}
        report = json.dumps({"phone": HONEST, "event": "verified"}).encode()
        assert asked(app, "POST", "/outcomes", headers, report) == (200, {"known": True})
        assert asked(app, "POST", "/outcomes", {}, report)[0] == 401
        assert asked(app, "POST", "/callbacks/twilio", {})[0] == 403
        assert asked(app, "POST", "/aws", {})[0] == 403
        assert asked(app, "GET", "/twilio/evil.example/", {})[0] == 404
        assert asked(app, "GET", "/hooks/unknown", {})[0] == 404
        assert asked(app, "GET", "/healthz", {}) == (200, {"status": "ok"})
        upstream.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[twilio]\nrefuse = 'error'", "refuse"),
        ("[twilio]\nrefused = 'silence'", "$.twilio.refused"),
        ("[hooks.keycloak]\nsecret_env = 'A'\n[sender]\nby = 'url'\nurl = 'http://a'", "keycloak"),
        ("[hooks.okta]\nsecret_env = 'A'", "[sender]"),
        ("[sender]\nby = 'pigeon'", "$.sender"),
        ("[twilio", "TOML"),
    ],
)
def test_a_mistake_is_located(tmp_path: Path, text: str, said: str) -> None:
    """A setting that cannot be used is told with its file and its name."""
    with pytest.raises(Usage) as raised:
        settings(tmp_path, text)
    assert said in str(raised.value)
    assert "path.toml" in str(raised.value)


@pytest.mark.parametrize("changed", [{"KEYS": "AKIAs3cr3t"}, {"TWILIO": ""}, {"STANDARD": "v1,whsec_é"}])
def test_a_secret_that_cannot_be_used_is_not_repeated(tmp_path: Path, changed: dict[str, str]) -> None:
    """A missing secret, or one of a wrong form, is told by the name of its variable at most."""
    told = settings(tmp_path, FULL.format(url="http://127.0.0.1:9"))
    with pytest.raises(Usage) as raised:
        parts(told, Desk(Recording()), {**ENVIRONMENT, **changed}, "path.toml", Upstream(1.0))
    assert "s3cr3t" not in str(raised.value)


def test_every_setting_is_documented() -> None:
    """Each setting stands in the pages of fronts and hooks."""
    pages = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("fronts.md", "hooks.md"))
    tables = [
        kind for kind in vars(path_settings).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
    names = {field.name for table in tables for field in msgspec.structs.fields(table)}
    assert {name for name in names if not re.search(rf"\b{name}\b", pages)} == set()


def test_the_environment_names_the_settings(tmp_path: Path) -> None:
    """A server starts fronts, hooks and the guard's API together, and what fronts decide is counted with the rest."""
    told = FULL.format(url="http://127.0.0.1:9").replace("[aws]", "places = {}\n[aws]")
    path = tmp_path / "path.toml"
    path.write_text(told, encoding="utf-8")
    app = program.create({**ENVIRONMENT, "CHECKVALVE_IN_PATH": str(path)})
    assert isinstance(app, InPath)
    body = urlencode({"To": "+99893941", "Body": "x"}).encode()
    account = "AC" + "0" * 32
    assert asked(app, "POST", f"/2010-04-01/Accounts/{account}/Messages.json", {}, body)[0] == 400
    case = next(one for one in CASES if one.name == "auth0")
    request = case.request(HONEST)
    assert asked(app, "POST", "/hooks/auth0", dict(request.headers), request.body)[0] == 502
    assert asked(app, "GET", "/readyz", {})[0] == 200
    assert "checkvalve_decisions_total" in asked_text(app, "/metrics")
    app.close()
    with pytest.raises(Usage, match="TWILIO"):
        program.create({**ENVIRONMENT, "TWILIO": "", "CHECKVALVE_IN_PATH": str(path)})
