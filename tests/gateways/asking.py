"""Asks the API as an ASGI server does."""

import asyncio
import json
from typing import Any

from checkvalve.gateways.api import Api, Message

NOW = 1_780_000_000.0
Headers = list[tuple[bytes, bytes]]


def header(name: str, value: str) -> Headers:
    """One header."""
    return [(name.encode(), value.encode())]


def ask(
    api: Api,
    path: str,
    body: Any = None,
    method: str = "POST",
    *,
    chunk: int = 1 << 20,
    headers: Headers | None = None,
) -> tuple[int, Any]:
    """One request; the answer's status and content."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    parts = [raw[at : at + chunk] for at in range(0, len(raw), chunk)] or [b""]
    waiting = [
        {"type": "http.request", "body": part, "more_body": nth + 1 < len(parts)} for nth, part in enumerate(parts)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": headers or []}
    asyncio.run(api(scope, receive, send))
    content = sent[1]["body"].decode()
    return sent[0]["status"], json.loads(content) if content.startswith("{") else content
