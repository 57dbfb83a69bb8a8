"""A settings file is read whole, or refused with the place of the first mistake and what to do."""

from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.settings import Settings, load


def loaded(tmp_path: Path, text: str) -> Settings:
    """The settings of a file with that text."""
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            '[logs]\ntimezone = "UTC"',
            "logs.timezone",
            "there is no setting 'timezone'. What to do: did you mean 'time_zone'?",
        ),
        ("[log]", "log", "there is no setting 'log'. What to do: did you mean 'logs'?"),
        (
            "[logs]\ncolour = 1",
            "logs.colour",
            "there is no setting 'colour'. What to do: the names are time_zone, ",
        ),
        ('[logs]\ntime_zone = "Mars/Olympus"', "logs.time_zone", "there is no time zone 'Mars/Olympus'"),
        ('[logs]\ntrusted_proxies = ["10.0.0.0/8", "10.0.0.0/99"]', "logs.trusted_proxies", "'10.0.0.0/99'"),
        ('[logs]\ncurrency = "dollars"', "logs.currency", "'dollars' is no currency"),
        ("[logs]\nusd_per = { euro = 1.1 }", "logs.usd_per", "'euro' is no currency"),
        ("[logs]\nusd_per = { usd = 2.0 }", "logs.usd_per.usd", "a US dollar is one US dollar, and not 2"),
        ('[logs]\ndefault_country = "England"', "logs.default_country", "'England' is no country"),
        ('[logs]\nsns_success_sample_rate = "x"', "logs.sns_success_sample_rate", "Expected `float`, got `str`"),
        ('[logs]\nusd_per = { EUR = 1.1, GBP = "x" }', "logs.usd_per.GBP", "Expected `float`, got `str`"),
        ("[logs]\nusd_per = { EUR = 1.1, GBP = nan }", "logs.usd_per.GBP", "Expected `float` > 0.0"),
        ("[logs]\nusd_per = { EUR = inf }", "logs.usd_per.EUR", "inf is no amount"),
        ("[detection]\nfalse_alarms_per_week = inf", "detection.false_alarms_per_week", "inf is no amount"),
        ("[detection]\nfalse_alarms_per_week = nan", "detection.false_alarms_per_week", "Expected `float` > 0.0"),
        ("[detection]\nminimum_loss_usd = -1", "detection.minimum_loss_usd", "Expected `float` >= 0.0"),
        ("[detection]\nminimum_loss_usd = nan", "detection.minimum_loss_usd", "Expected `float` >= 0.0"),
        ("[detection]\nminimum_loss_usd = inf", "detection.minimum_loss_usd", "inf is no amount"),
        ('[detection]\nsend_paths = ["/otp", ""]', "detection.send_paths", "'' is no path"),
        ('[detection]\nsend_paths = ["otp"]', "detection.send_paths", "write '/path' or 'POST /path'"),
        ("[detection]\nconversion_floor = 2", "detection.conversion_floor", "Expected `float` < 1.0"),
    ],
)
def test_mistakes(text: str, where: str, what: str, tmp_path: Path) -> None:
    """Every mistake names the file, the key, and what to do, before any log is read."""
    with pytest.raises(Usage) as caught:
        loaded(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'own.toml'}, {where}: ")
    assert what in str(caught.value)
    assert "What to do: " in str(caught.value)


@pytest.mark.parametrize("text", ["[logs\n[x]", "\x00"])
def test_no_toml(text: str, tmp_path: Path) -> None:
    """What is no TOML names the file and the line."""
    with pytest.raises(Usage, match=r"own\.toml: not valid TOML: .*line 1"):
        loaded(tmp_path, text)


@pytest.mark.parametrize(("name", "why"), [("none.toml", "no such file"), (".", "is a directory")])
def test_no_file(name: str, why: str, tmp_path: Path) -> None:
    """A path at which no settings can be read is named with the reason and what to do."""
    with pytest.raises(Usage, match=rf"settings cannot be read \({why}.*What to do: ") as caught:
        load(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_other_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused by its name and in these words."""
    (tmp_path / "own.toml").write_bytes("[logs]\n# für alle\n".encode("latin-1"))
    with pytest.raises(Usage, match=r"own\.toml: not UTF-8 text \(byte 11\)"):
        load(tmp_path / "own.toml")


def test_everything_right(tmp_path: Path) -> None:
    """What is right is taken as it is written; files that it names begin at the settings file."""
    text = """[logs]
    time_zone = "Asia/Tashkent"
    default_country = "uz"
    currency = "eur"
    trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]
    usd_per = { EUR = 1.1 }
    mappings = ["shop.toml"]
    [detection]
    send_paths = ["/otp", "POST /signup"]
    """
    found = loaded(tmp_path, text).logs
    assert (found.time_zone, found.default_country, found.currency) == ("Asia/Tashkent", "uz", "eur")
    assert found.mappings == (str(tmp_path / "shop.toml"),)
