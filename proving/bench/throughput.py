"""How fast is an investigation, end to end, beside a bare scan of the same file in the same run?

    python -m proving.bench.throughput [--records 1000000] [--rounds 3] [--goaccess-up-to 3000000] [--write PAGE]

For each kind of log a file of so many records is written, then measured in turn, each as a fresh process: the bare
scan (DuckDB reads the file and aggregates it, nothing is kept), `checkvalve investigate` on the plain file and on
its gzip, and GoAccess for access logs where it is installed. The best of the rounds counts. Larger files than
`SMALL` are neither packed nor given to GoAccess, which takes a quarter of a minute for a million lines and keeps
hundreds of megabytes of them in memory; ``--goaccess-up-to`` gives it more.
"""

import argparse
import compileall
import datetime
import gzip
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import checkvalve
from proving.bench import generate

BARE_NGINX = """SELECT count(*), sum(n), max(ips) FROM (
    SELECT t[:15] AS five, r[:20] AS asked, count(*) AS n, count(DISTINCT ip) AS ips
    FROM read_csv('{file}', delim = ' ', quote = '"', escape = '\\', header = false, auto_detect = false,
        strict_mode = false, columns = {{'ip': 'VARCHAR', 'i': 'VARCHAR', 'u': 'VARCHAR', 't': 'VARCHAR',
        'z': 'VARCHAR', 'r': 'VARCHAR', 's': 'VARCHAR', 'b': 'VARCHAR', 'f': 'VARCHAR', 'a': 'VARCHAR'}})
    GROUP BY ALL)"""
BARE_SNS = """SELECT count(*), sum(n), max(d), sum(usd) FROM (
    SELECT notification."timestamp"[:15] AS ten, delivery.destination[:7] AS prefix, count(*) AS n,
           count(DISTINCT delivery.destination) AS d, sum(delivery.priceInUSD) AS usd
    FROM read_json('{file}', format = 'newline_delimited', columns = {{
        'notification': 'STRUCT(messageId VARCHAR, "timestamp" VARCHAR)', 'status': 'VARCHAR',
        'delivery': 'STRUCT(destination VARCHAR, priceInUSD DOUBLE, providerResponse VARCHAR)'}})
    GROUP BY ALL)"""
SEED = 1
SMALL = 3_000_000
_BEHIND = "What the time goes into, and what was tried: [speed](decisions/speed.md)."
BARE = {"nginx": BARE_NGINX, "sns": BARE_SNS}


@dataclass(frozen=True, slots=True)
class Run:
    """One measured process."""

    seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the best run of a command."""

    log: str
    what: str
    records: int
    best: Run
    ratio: float


def measured(command: Sequence[str]) -> Run:
    """How long did the process run, and how much memory did it hold at its peak? Status 10 is a result too.

    Modules are compiled before, as they are when a package is installed.
    """
    installed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 (the words are our own)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=installed
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 10):
        told = process.stderr.read().decode() if process.stderr else ""
        raise SystemExit(f"{command[0]} ended with {code}: {told[-500:]}")
    return Run(seconds, usage.ru_maxrss / 1024)


def commands(log: str, plain: Path, packed: Path | None, out: Path, *, rival: bool) -> dict[str, list[str]]:
    """What is run on that log, by name: packed where there is such a file, and GoAccess as a rival if wanted."""
    query = BARE[log].format(file=plain)
    investigate = [sys.executable, "-m", "checkvalve", "investigate", "--quiet", "-o", str(out)]
    found = {
        "bare scan": [sys.executable, "-c", f"import duckdb; duckdb.sql({query!r}).fetchall()"],
        "investigate": [*investigate, str(plain)],
    }
    if packed is not None:
        found["investigate, gzip"] = [*investigate, str(packed)]
    goaccess = shutil.which("goaccess") if rival and log == "nginx" else None
    if goaccess:
        found["goaccess"] = [
            goaccess,
            str(plain),
            "--log-format=COMBINED",
            "-o",
            str(out) + ".html",
            "--no-progress",
        ]
    return found


def bench(log: str, records: int, rounds: int, goaccess_up_to: int = SMALL) -> list[Row]:
    """The rows of one kind of log: every command in turn, so that all share the machine's moods."""
    with tempfile.TemporaryDirectory() as folder:
        plain, out = Path(folder) / f"{log}.log", Path(folder) / "out"
        packed = plain.with_suffix(".gz") if records <= SMALL else None
        generate.main([log, str(records), str(plain), "--seed", str(SEED)])
        if packed is not None:
            with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
                shutil.copyfileobj(source, target, 1 << 22)
        runs: dict[str, list[Run]] = {}
        for nth in range(rounds):
            for name, command in commands(log, plain, packed, out, rival=records <= goaccess_up_to).items():
                if name != "goaccess" or nth == 0:
                    runs.setdefault(name, []).append(measured(command))
    bare = min(run.seconds for run in runs["bare scan"])
    return [
        Row(log, name, records, best, bare / best.seconds)
        for name, found in runs.items()
        for best in [min(found, key=lambda run: run.seconds)]
    ]


def page(rows: Sequence[Row], command: str) -> str:
    """The whole page, from what was measured."""
    lines = [
        "# Speed",
        "",
        f"""Written by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores
({processor()}), Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end, seed {SEED}.
Each command is a fresh process; the best of the rounds counts. The last column is the speed relative to a bare scan
of the same file in the same run: DuckDB reads and aggregates it, and keeps nothing.""",
        "",
        "| log | command | records | seconds | records/s | s per million | peak MiB | of the bare scan |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.log} | {row.what} | {row.records:,} | {row.best.seconds:.1f} | "
        f"{row.records / row.best.seconds:,.0f} | {row.best.seconds / row.records * 1e6:.2f} | "
        f"{row.best.peak_mib:,.0f} | {row.ratio:.2f} |"
        for row in rows
    ]
    lines += ["", *(f"- {told}" for told in told_of(rows)), "", _BEHIND]
    return "\n".join([*lines, ""])


def told_of(rows: Sequence[Row]) -> list[str]:
    """What the table says in words: beside the bare scan, beside GoAccess, packed, and how it grows."""
    found = {(row.log, row.what, row.records): row for row in rows}
    told = []
    for log in dict.fromkeys(row.log for row in rows):
        ours = [row for row in rows if (row.log, row.what) == (log, "investigate")]
        least, most = min(row.ratio for row in ours), max(row.ratio for row in ours)
        told.append(f"{log}: {least:.2f} to {most:.2f} of the bare scan.")
        if len(ours) > 1:
            first, last = ours[0], ours[-1]
            growth = (last.best.seconds / first.best.seconds) / (last.records / first.records)
            told.append(
                f"{log}: {last.records / first.records:.0f} times the records take {growth:.2f} times as long each."
            )
        for row in ours:
            packed = found.get((log, "investigate, gzip", row.records))
            if packed is not None:
                times = packed.best.seconds / row.best.seconds
                told.append(f"{log}, {row.records:,} records: packed with gzip, {times:.2f} times as long.")
            other = found.get((log, "goaccess", row.records))
            if other is not None:
                times = other.best.seconds / row.best.seconds
                told.append(f"{log}, {row.records:,} records: {times:.1f} times as fast as GoAccess.")
    return told


def processor() -> str:
    """What the machine calls its processor."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--logs", nargs="+", choices=sorted(BARE), default=sorted(BARE))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--goaccess-up-to", type=int, default=SMALL, metavar="N", help="the largest log it is given"
    )
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    compileall.compile_dir(Path(checkvalve.__file__).parent, quiet=2)
    rows: list[Row] = []
    for records in asked.records:
        for log in asked.logs:
            rows += bench(log, records, asked.rounds, asked.goaccess_up_to)
            if asked.write:  # the large sizes take long: what is known already stands
                asked.write.write_text(_page(rows, asked.rounds, asked.goaccess_up_to), encoding="utf-8")
    print(_page(rows, asked.rounds, asked.goaccess_up_to))


def _page(rows: list[Row], rounds: int, goaccess_up_to: int) -> str:
    """The page, log by log; its command names the sizes and logs that are in it."""
    sizes = " ".join(map(str, sorted({row.records for row in rows})))
    logs = sorted({row.log for row in rows})
    command = f"python -m proving.bench.throughput --records {sizes} --rounds {rounds}"
    command += f" --logs {' '.join(logs)}" if logs != sorted(BARE) else ""
    command += f" --goaccess-up-to {goaccess_up_to}" if goaccess_up_to != SMALL else ""
    return page(sorted(rows, key=lambda row: row.log), command)


if __name__ == "__main__":
    main()
