"""What goes over the wire to accepted and to blocked callers, byte by byte, from real servers and frameworks."""

import json
import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI, Request
from flask import Flask
from flask import request as flask_request
from werkzeug.serving import make_server

from checkvalve.gateways.middleware import AsgiGuard, Gate, WsgiGuard
from tests.gateways.forward.served import served
from tests.gateways.middleware.deployments import PHONE, SETTINGS, Scripted

Serving = Callable[[Gate], Any]


def said(phone: str) -> dict[str, Any]:
    """What the application answers."""
    return {"id": secrets.token_hex(8), "to": f"***{phone[-3:]}", "status": "pending"}


@contextmanager
def fastapi(gate: Gate) -> Iterator[int]:
    """FastAPI, run by uvicorn."""
    app = FastAPI()

    @app.post("/otp", status_code=202)
    async def otp(request: Request) -> dict[str, Any]:
        return said((await request.json())["phone"])

    with served(AsgiGuard(app, gate)) as port:
        yield port


@contextmanager
def flask(gate: Gate) -> Iterator[int]:
    """Flask, run by werkzeug."""
    app = Flask(__name__)

    @app.post("/otp")
    def otp() -> Any:
        return said(flask_request.get_json()["phone"]), 202, {"X-Request-ID": secrets.token_hex(8)}

    app.wsgi_app = WsgiGuard(app.wsgi_app, gate)  # type: ignore[method-assign]  # as Flask's pages do it
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wire(port: int, phone: str) -> bytes:
    """All bytes that a request is answered with."""
    body = json.dumps({"phone": phone}).encode()
    head = f"POST /otp HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20.0) as one:
        one.sendall(f"{head}content-type: application/json\r\n\r\n".encode() + body)
        parts = []
        while part := one.recv(65_536):
            parts.append(part)
        return b"".join(parts)


def shape(raw: bytes) -> bytes:
    """The bytes, with what is drawn for each answer and the time blotted out."""
    blotted = re.sub(rb"[0-9a-f]{16}", b"0" * 16, raw)
    return re.sub(rb"(?i)(date: )[^\r]*", rb"\1now", blotted)


@pytest.mark.parametrize("serving", [fastapi, flask])
def test_not_a_byte_tells(serving: Serving) -> None:
    """Status line, headers, their order and spelling, framing and body are those of an accepted answer."""
    decider = Scripted()
    gate = Gate(decider, msgspec.structs.replace(SETTINGS, usual_s=(0.0, 0.0)))
    with serving(gate) as port:
        accepted = [wire(port, f"+44770090{at:04}") for at in range(6)]
        expected = wire(port, PHONE)
        decider.action = "block"
        blocked = wire(port, PHONE)
        assert len(decider.asked) == 8
    assert shape(blocked) == shape(expected)
    assert shape(blocked) != blocked
    assert blocked[-60:] not in b"".join([*accepted, expected])
