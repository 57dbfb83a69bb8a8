"""Logs in Parquet: the rows of a bill, a security lake and a log archive read as they do in text."""

import gzip
import json
import re
from pathlib import Path

import duckdb
import pytest

from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store
from checkvalve.progress import Silent
from checkvalve.settings import Settings
from checkvalve.sources.base import Broken
from checkvalve.sources.parquet_rows import parquet_rows
from checkvalve.sources.recognition import recognise, recognise_head
from tests.sources.whole_files import SAMPLES, read_content


def parquet(query: str, folder: Path) -> bytes:
    """A Parquet file of the rows of a query."""
    path = folder / "made.parquet"
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def plain(name: str) -> str:
    """A name without anything but small letters and digits."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def of_json(name: str, folder: Path, rename: bool = False) -> tuple[bytes, bytes]:
    """A sample in JSON lines as it is, and in Parquet; names without anything but letters where Parquet wants it."""
    content = (SAMPLES / name).read_bytes()
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    if rename:
        rows = [
            {re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_"): value for key, value in row.items()}
            for row in rows
        ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = "format = 'newline_delimited', convert_strings_to_integers = false"
    return content, parquet(f"SELECT * FROM read_json('{folder / 'rows.jsonl'}', {options})", folder)


def test_bill(tmp_path: Path) -> None:
    """A Cost and Usage Report in Parquet, with columns of their own types, gives the charges of its CSV."""
    sample = SAMPLES / "aws.cur" / "cur2.csv"
    content = parquet(f"SELECT * FROM read_csv('{sample}', all_varchar = true)", tmp_path)
    source, found, reasons = read_content(content)
    assert (source, found, reasons) == read_content(sample.read_bytes())
    typed = parquet(
        f"""SELECT * REPLACE (CAST(line_item_usage_start_date AS TIMESTAMP) AS line_item_usage_start_date,
            CAST(line_item_unblended_cost AS DOUBLE) AS line_item_unblended_cost)
        FROM read_csv('{sample}', all_varchar = true)""",
        tmp_path,
    )
    events = read_content(typed)[1]
    assert [(one.period_start, one.amount) for one in events] == [(one.period_start, one.amount) for one in found]  # type: ignore[union-attr] # charges


def test_log_archive(tmp_path: Path) -> None:
    """CloudFront's Parquet, whose names have no dashes and brackets, gives the requests of its JSON."""
    content, made = of_json("aws.cloudfront/v2.jsonl", tmp_path, rename=True)
    assert read_content(made)[:2] == read_content(content)[:2]


def test_security_lake(tmp_path: Path) -> None:
    """Events of OCSF in Parquet, objects in objects, give the requests of their JSON."""
    content, made = of_json("ocsf.http/requests.jsonl", tmp_path)
    assert read_content(made)[:2] == read_content(content)[:2]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_taken_in(pack: object, tmp_path: Path) -> None:
    """A file whose end is beyond what is looked at first is recognised and read whole, packed or not."""
    made = parquet(
        """SELECT 'SM' || md5(n::VARCHAR) AS sid, '+99893941' || lpad((n % 9999)::VARCHAR, 4, '0') AS "to",
            'delivered' AS status, 'outbound-api' AS direction, random()::VARCHAR AS body,
            TIMESTAMPTZ '2026-05-26 10:00:00+00' + INTERVAL (n) SECOND AS date_sent FROM range(20000) AS t(n)""",
        tmp_path,
    )
    assert len(made) > 1 << 18
    path = tmp_path / "messages"
    path.write_bytes(pack(made))  # type: ignore[operator] # one of the functions above
    found = recognise(path)
    assert found.source is not None
    assert found.source.name == "twilio.messages"
    with Store(tmp_path) as store:
        (one,) = take([path], store, Settings(), Silent())
        assert (one.records, one.used) == (20_000, 20_000)
        first, last = store.row("SELECT epoch(min(sent_at)), epoch(max(sent_at)) FROM send_rows")
    assert (first, last - first) == (1_779_789_600, 19_999)


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_damaged(content: bytes, tmp_path: Path) -> None:
    """A damaged or cut file is one record that says so, and is not taken for a log."""
    assert list(parquet_rows([content])) == [Broken("damaged_parquet", "the Parquet file is damaged, or cut short")]
    (tmp_path / "torn").write_bytes(content)
    for found in (recognise_head(content), recognise(tmp_path / "torn")):
        assert found.source is None
        assert "a Parquet file without rows, damaged or cut short" in found.reason


def test_other_tables(tmp_path: Path) -> None:
    """A table that no source knows is named by its columns."""
    assert "keys colour, size" in recognise_head(parquet("SELECT 'red' AS colour, 1 AS size", tmp_path)).reason
