"""What people put in front of a form otherwise: three counters in Valkey or Redis, one script a request.

A plain ASGI application; ``COUNTERS_URL`` names the server.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from redis.asyncio import Redis

Message = MutableMapping[str, Any]
SCRIPT = """
local blocked = 0
for i = 1, 3 do
  local n = redis.call('INCR', KEYS[i])
  if n == 1 then redis.call('EXPIRE', KEYS[i], ARGV[2 * i]) end
  if n > tonumber(ARGV[2 * i - 1]) then blocked = 1 end
end
return blocked
"""
_client: Redis = Redis.from_url(os.environ.get("COUNTERS_URL", "redis://127.0.0.1:6379"))
_script = _client.register_script(SCRIPT)


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer one request."""
    if scope["type"] != "http":
        return
    asked = msgspec.json.decode((await receive())["body"])
    keys = (f"n:{asked['phone']}", f"a:{asked['ip']}", f"p:{asked['phone'][:-4]}")
    blocked = await _script(keys=keys, args=(5, 86_400, 10, 600, 20, 86_400))
    body = b'{"action":"block"}' if blocked else b'{"action":"allow"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 429 if blocked else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
