"""Can blocked callers be told from accepted ones by time? Over real sockets, with a real server.

Run: ``python -m proving.bench.quiet``. The application takes 20 ms, give or take 3; each of 400 accepted requests is
followed by a blocked one. Printed are the means, and how far the two distributions are apart (Kolmogorov-Smirnov)
beside the distance that two samples of one distribution exceed once in twenty times.
"""

import asyncio
import http.client
import json
import math
import random
import statistics
import threading
import time
from typing import Any

import uvicorn

from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import AsgiGuard, Gate, GateSettings
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry

PAIRS = 400
TAUGHT = 400
CLOSED = Policy(mode="enforce", new_country=NewCountry(closed=("GB",)))
OPEN = Policy(mode="shadow")


def application(rng: random.Random) -> Any:
    """An application that takes about 20 ms."""

    async def answer(_: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(max(0.002, rng.gauss(0.020, 0.003)))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return answer


def took_s(port: int, phone: str) -> float:
    """How long a request takes, as its caller sees it."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20.0)
    connection.request("POST", "/otp", json.dumps({"phone": phone}), {"content-type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    assert status == 202, status
    return time.perf_counter() - began


def distance(one: list[float], other: list[float]) -> float:
    """The largest distance of two samples' distributions."""
    places = sorted({*one, *other})
    return max(
        abs(sum(x <= place for x in one) / len(one) - sum(x <= place for x in other) / len(other))
        for place in places
    )


def main() -> None:
    """Measure, and print."""
    guard = Guard(OPEN)
    gate = Gate(guard, GateSettings(routes=(Route("/otp", ("json:/phone",)),)))
    app = AsgiGuard(application(random.Random(1)), gate)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    for nth in range(TAUGHT):
        took_s(port, f"+44770090{nth:04}")
    accepted, blocked = [], []
    for nth in range(PAIRS):
        guard.reload(OPEN)
        accepted.append(took_s(port, f"+44770090{TAUGHT + nth:04}"))
        guard.reload(CLOSED)
        blocked.append(took_s(port, f"+44770091{nth:04}"))
    server.should_exit = True
    thread.join()
    print(f"accepted {statistics.mean(accepted) * 1e3:.1f} ms, blocked {statistics.mean(blocked) * 1e3:.1f} ms")
    print(
        f"distance {distance(accepted, blocked):.3f}, of one distribution below {1.36 * math.sqrt(2 / PAIRS):.3f}"
    )


if __name__ == "__main__":
    main()
