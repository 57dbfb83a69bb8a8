"""The recipes for frameworks run as they stand on their pages, in the real frameworks."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest

from checkvalve.gateways.middleware import load
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry

PAGES = Path(__file__).parents[2] / "docs" / "recipes"
PHONES = [f"+44770090{at:04}" for at in range(40)]
Ask = Callable[[str, dict[str, str]], tuple[int, bytes, dict[str, str]]]


def blocks(page: str, language: str) -> list[str]:
    """The pieces of code of a page."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the code of a page makes, with what it says is one's own, in a folder with its settings."""
    (folder / "gateway.toml").write_text(blocks(page, "toml")[0], encoding="utf-8")
    monkeypatch.chdir(folder)
    sent: list[str] = []
    names: dict[str, Any] = {
        "__name__": "recipe",
        "sent": sent,
        "send_code": sent.append,
        "is_right": lambda _, code: code == "123456",
    }
    for code in blocks(page, "python"):
        exec(compile(code, page, "exec", dont_inherit=True), names)
    return names


def holds(names: dict[str, Any], ask: Ask, verify: str, otp: str) -> None:
    """An application from a recipe sends, learns from codes, and shows blocked callers what accepted ones see."""
    guard: Guard = names["guard"]
    guard.reload(Policy(mode="shadow"))
    accepted = [ask(otp, {"phone": phone}) for phone in PHONES]
    assert names["sent"] == PHONES
    assert {status for status, _, _ in accepted} == {202}
    known = len(guard.learner.people.verified)
    assert ask(verify, {"phone": PHONES[0], "code": "000000"})[0] == 400
    assert len(guard.learner.people.verified) == known
    assert ask(verify, {"phone": PHONES[0], "code": "123456"})[0] == 200
    assert len(guard.learner.people.verified) == known + 1
    guard.reload(Policy(new_country=NewCountry(closed=("GB",))))
    blocked = ask(otp, {"phone": "+447700909999"})
    assert blocked == accepted[-1]
    assert ask(otp, {"phone": PHONES[0]})[0] in (202, 429)  # verified before: a wait at most
    assert len(names["sent"]) <= len(PHONES) + 1


def over_asgi(app: Any, kind: str) -> Ask:
    """Requests to an ASGI application."""

    def ask(path: str, fields: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        body = json.dumps(fields).encode() if kind.endswith("json") else urlencode(fields).encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": ("203.0.113.7", 50_000),
            "server": ("localhost", 80),
        }
        sent: list[Any] = []
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if given:
                return given.pop()
            await asyncio.sleep(3_600)
            return None

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), headers

    return ask


def test_fastapi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe for FastAPI guards a FastAPI application."""
    names = run("fastapi.md", tmp_path, monkeypatch)
    holds(names, over_asgi(names["app"], "application/json"), "/api/otp/verify", "/api/otp")


def test_flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe for Flask guards a Flask application."""
    names = run("flask.md", tmp_path, monkeypatch)
    client = names["app"].test_client()

    def ask(path: str, fields: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        reply = client.post(path, data=fields, buffered=True)
        return reply.status_code, reply.data, {name.lower(): value for name, value in reply.headers.items()}

    holds(names, ask, "/api/otp/verify", "/api/otp")


DJANGO = """
import sys, types
from pathlib import Path
import django, pytest
from django.conf import settings
from django.urls import path
from tests.gateways import test_recipes as recipes

settings.configure(
    SECRET_KEY="for the test", ALLOWED_HOSTS=["*"], ROOT_URLCONF="urls", INSTALLED_APPS=[], BASE_DIR=Path(sys.argv[1]),
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"], LOGGING_CONFIG=None,
)
django.setup()
names = recipes.run("django.md", Path(sys.argv[1]), pytest.MonkeyPatch())
urls = types.ModuleType("urls")
urls.urlpatterns = [path("accounts/otp", names["otp"]), path("accounts/otp/verify", names["verify"])]
sys.modules["urls"] = urls
ask = recipes.over_asgi(names["asgi_application"], "application/x-www-form-urlencoded")
if sys.argv[2] == "wsgi":
    ask = recipes.over_wsgi(names["application"])
recipes.holds(names, ask, "/accounts/otp/verify", "/accounts/otp")
print("held")
"""


def over_wsgi(app: Any) -> Ask:
    """Requests to a WSGI application."""

    def ask(path: str, fields: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        body = urlencode(fields).encode()
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ |= {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "203.0.113.7",
            "wsgi.input": BytesIO(body),
        }
        started: list[Any] = []
        content = app(environ, lambda *given: started.append(given))
        whole = b"".join(content)
        getattr(content, "close", lambda: None)()
        headers = {name.lower(): value for name, value in started[0][1]}
        return int(started[0][0][:3]), whole, headers

    return ask


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
def test_django(tmp_path: Path, server: str) -> None:
    """The recipe for Django guards a Django application, under WSGI and ASGI."""
    root = PAGES.parents[1]
    environment = {"PYTHONPATH": f"{root / 'src'}:{root}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", DJANGO, str(tmp_path), server],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "held", done.stderr[-2_000:]


@pytest.mark.parametrize("page", ["fastapi.md", "flask.md", "django.md"])
def test_the_settings_of_a_recipe_can_be_read(page: str, tmp_path: Path) -> None:
    """The settings on the page are settings."""
    path = tmp_path / "gateway.toml"
    path.write_text(blocks(page, "toml")[0], encoding="utf-8")
    assert load(path).routes
