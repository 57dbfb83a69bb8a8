"""The bench of the server: what it asks, what it reads, and the page that it makes."""

import json
import shutil
from pathlib import Path

import pytest

from checkvalve.guard.keeping import Keeping
from checkvalve.guard.tenants import Tenants
from proving.bench import http
from proving.bench.guard import POLICY, SECRET


def test_a_prepared_memory_is_that_of_the_people_who_ask(tmp_path: Path) -> None:
    """Whom the load asks for again, the restored guard has seen before; others it has not."""
    met = http.prepared(tmp_path / "state", 3_000)
    tenants = Tenants(POLICY, capacity=20_000, secret=SECRET)
    with Keeping(tmp_path / "state", tenants, SECRET):
        people = tenants.guards[""].learner.people
        seen = [
            people.table.find(tenants.guards[""].learner.places.digest(str(_number(nth)))) >= 0 for nth in (0, met)
        ]
    assert seen == [True, False]


def _number(person: int) -> str:
    return str(http.person(person)["phone"]).removeprefix("+")


def test_a_body_is_an_attempt() -> None:
    """What the script of the load writes is what a person is, and JSON."""
    host = [int(part) for part in str(http.person(7)["ip"]).split(".")]
    body = http.BODY % (7 * 7_919_117 % 100_000_000, 1, *host, 7, 7, 7, 7)
    assert json.loads(body).items() >= http.person(7).items()


@pytest.mark.parametrize(("text", "ms"), [("250.00us", 0.25), ("1.20ms", 1.2), ("2.00s", 2_000.0)])
def test_times_of_the_load_are_read(text: str, ms: float) -> None:
    """Microseconds, milliseconds and seconds are told apart."""
    assert http._ms(text) == pytest.approx(ms)


def test_the_page_names_both_benches() -> None:
    """The page has the tables, when and where they were made, and nothing left open."""
    line = http.Measured(15_000.0, 0.5, 2.5, 60.0, 0).line("one")
    told = http.page("| in process |", [line], "--seconds 1")
    assert "| in process |" in told
    assert "| one | 15,000 | 0.50 | 2.50 | 60 | 16,667 |  |" in told
    assert "{" not in told


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk asks the servers")
def test_a_server_is_measured() -> None:
    """A server that is asked for a second gives a line with times above zero."""
    known = 10
    [line] = http.trivial(lambda port, own, load, path: http.measure(port, own, load, known, path, 1, 1))
    fields = [field.strip() for field in line.split("|")]
    assert float(fields[2].replace(",", "")) > 0.0
    assert float(fields[5]) > 0.0
