"""Mapping files and data bases of addresses, as the command line and the settings name them."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkvalve.cli.main import run
from tests.cli.small_logs import write_logs
from tests.network.mmdb import U32, write_mmdb

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small logs, in the working directory of the test."""
    write_logs(tmp_path)
    monkeypatch.chdir(tmp_path)


def investigated(*arguments: str) -> dict[str, Any]:
    """The result of an investigation."""
    assert run(["investigate", *arguments, "-o", "findings", "--quiet"]) in (0, 10)
    result: dict[str, Any] = json.loads(Path("findings/investigation.json").read_text(encoding="utf-8"))
    return result


def test_a_mapped_log_is_investigated() -> None:
    """A log of one's own counts like any other, and its codes are joined to its messages."""
    result = investigated("shop.jsonl", "--mapping", "shop.toml")
    assert [one["source"] for one in result["inputs"]] == ["mapped.shop"]
    assert (result["totals"]["sends"], result["totals"]["verified"]) == (40, 40)


def test_without_its_mapping_it_is_not_read() -> None:
    """Nothing is guessed of a log that no source knows."""
    assert run(["investigate", "shop.jsonl", "-o", "findings", "--quiet"]) == 2


def test_settings_name_mappings_beside_them() -> None:
    """A path in the settings begins at the settings file, wherever the command runs."""
    folder = Path("team")
    folder.mkdir()
    Path("shop.toml").rename(folder / "shop.toml")
    (folder / "own.toml").write_text('[logs]\nmappings = ["shop.toml"]\n', encoding="utf-8")
    result = investigated("shop.jsonl", "--settings", "team/own.toml")
    assert result["inputs"][0]["source"] == "mapped.shop"


def test_a_wrong_mapping_stops_before_reading(capsys: Output) -> None:
    """A mistake in a mapping is told with its place, and nothing is written."""
    text = Path("shop.toml").read_text(encoding="utf-8").replace('kind = "send"', 'kind = "sned"')
    Path("bad.toml").write_text(text, encoding="utf-8")
    assert run(["investigate", "shop.jsonl", "-o", "findings", "--mapping", "bad.toml"]) == 2
    assert "bad.toml, line 7, event[1].kind: " in capsys.readouterr().err
    assert not Path("findings").exists()


def test_data_bases_of_addresses_are_named_in_the_settings() -> None:
    """Requests get their ASN from a data base beside the settings, and the notes say which, and how old it is."""
    write_mmdb(Path("asn.mmdb"), {"192.0.2.0/24": {"autonomous_system_number": U32(64500)}}, "Test-ASN")
    Path("own.toml").write_text('[logs]\naddress_databases = ["asn.mmdb"]\n', encoding="utf-8")
    result = investigated("logs", "--settings", "own.toml")
    assert "countries and networks of 40 of 40 addresses are from Test-ASN of 2026-05-01" in result["notes"]


def test_a_data_base_that_is_none_stops_before_reading(capsys: Output) -> None:
    """A data base that cannot be read is told before any log is."""
    Path("own.toml").write_text('[logs]\naddress_databases = ["messages.csv"]\n', encoding="utf-8")
    assert run(["investigate", "logs", "-o", "findings", "--settings", "own.toml"]) == 2
    assert "messages.csv is no data base in MaxMind's format" in capsys.readouterr().err
