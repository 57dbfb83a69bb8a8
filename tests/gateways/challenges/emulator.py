"""The services that verify tokens, emulated on a loopback port: they know the tokens that they gave out, once each."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

SITEKEY, SECRET = "site-key", "secret-key"


class Service:
    """What it answers, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.content: bytes | None = None
        self.waits = threading.Event()
        self.waits.set()

    def gives(self, **said: Any) -> str:
        """A token, and what the service will say of it."""
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = said
        return token

    def site_verify(self, fields: dict[str, str]) -> dict[str, Any]:
        """The answer of Turnstile, hCaptcha and reCAPTCHA."""
        self.asked.append(fields)
        if fields.get("secret") != SECRET:
            return {"success": False, "error-codes": ["invalid-input-secret"]}
        said = self.tokens.pop(fields.get("response", ""), None)
        if said is None:
            return {"success": False, "error-codes": ["timeout-or-duplicate"]}
        return {"success": True, "challenge_ts": "2026-06-01T10:00:00Z", "error-codes": [], **said}

    def assess(self, event: dict[str, Any], key: str | None) -> dict[str, Any]:
        """The answer of reCAPTCHA Enterprise."""
        self.asked.append(event)
        said = self.tokens.pop(event["token"], None) if key == SECRET else None
        if said is None:
            return {
                "name": "projects/1/assessments/a",
                "tokenProperties": {"valid": False, "invalidReason": "DUPE"},
            }
        token = {"valid": True, "hostname": said.get("hostname"), "action": said.get("action")}
        risk: dict[str, Any] = {"score": said.get("score"), "reasons": []}
        return {"name": "projects/1/assessments/a", "tokenProperties": token, "riskAnalysis": risk}


@contextmanager
def serving() -> Iterator[Service]:
    """The service, for as long as it is needed."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            service.waits.wait(10.0)
            if self.headers["content-type"] == "application/json":
                answer = service.assess(json.loads(body)["event"], self.headers["x-goog-api-key"])
            else:
                answer = service.site_verify({name: values[0] for name, values in parse_qs(body.decode()).items()})
            content = json.dumps(answer).encode() if service.content is None else service.content
            self.send_response(service.status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}/siteverify"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.waits.set()
        server.shutdown()
        server.server_close()
        thread.join()
