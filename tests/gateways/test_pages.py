"""The pages about gateways say what the code says."""

import re
from pathlib import Path

import pytest

from checkvalve.gateways.middleware import GateSettings, load
from checkvalve.gateways.middleware.settings_page import tables

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- made from the gate's code -->\n", "\n<!-- end -->"


def test_the_tables_are_those_of_the_settings() -> None:
    """Names, defaults and notes of all settings stand in the page as the code has them."""
    text = (DOCS / "gateways.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == tables()


@pytest.mark.parametrize("page", ["gateways.md", "challenges.md", "recipes/nginx.md"])
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page shows of Python and of settings can be run as it stands."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for settings in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        (tmp_path / "gateway.toml").write_text(settings, encoding="utf-8")
        assert load(tmp_path / "gateway.toml") != GateSettings()
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, page, "exec", dont_inherit=True), names)
    assert "guard" in names


@pytest.mark.parametrize("page", ["traefik.md", "envoy.md"])
def test_the_configuration_of_a_proxy_can_be_read(page: str) -> None:
    """What a page shows for a proxy is YAML that leads to the guard."""
    yaml = pytest.importorskip("yaml", reason="it reads the configuration")
    text = (DOCS / "recipes" / page).read_text(encoding="utf-8")
    found = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    for configuration in found:
        assert f"/forward/{page.removesuffix('.md')}" in str(yaml.safe_load(configuration))


def test_every_logger_stands_in_the_page() -> None:
    """What is logged under which name stands in one table, and each part of the product has one name."""
    page = (DOCS / "serve.md").read_text(encoding="utf-8").partition("## Logs\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(checkvalve\.[\w.]+)`", page))
    sources = [path.read_text(encoding="utf-8") for path in (DOCS.parent / "src" / "checkvalve").rglob("*.py")]
    used = {name for text in sources for name in re.findall(r'getLogger\("(checkvalve\..+?)"\)', text)}
    assert used == told
