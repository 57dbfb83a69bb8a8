"""Templates are compiled once an installation, and what is kept is never taken for another template."""

import sys
from pathlib import Path

import jinja2
import pytest

from checkvalve.export.report.compiled_templates import CompiledTemplates


@pytest.fixture(autouse=True)
def _python_keeps_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


def _compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """What the template says in a fresh environment, and how often the engine had to compile."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), bytecode_cache=CompiledTemplates(folder), autoescape=True
    )
    count = 0
    usual = made._compile

    def counted(source: str, filename: str) -> object:
        nonlocal count
        count += 1
        return usual(source, filename)

    monkeypatch.setattr(made, "_compile", counted)
    return made.get_template("page.j2").render(name="<you>"), count


def test_the_next_process_does_not_compile_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that was compiled before is read, and says the same."""
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 1)
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 0)


def test_a_template_that_changed_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept holds for one text of the template only."""
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    _compiled(tmp_path, monkeypatch)
    (tmp_path / "page.j2").write_text("Bye {{ name }}")
    assert _compiled(tmp_path, monkeypatch) == ("Bye &lt;you&gt;", 1)
    assert _compiled(tmp_path, monkeypatch) == ("Bye &lt;you&gt;", 0)


@pytest.mark.parametrize("left", [0, 1, 5, 30, 120])
def test_half_of_a_file_is_no_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """A file that was cut short is compiled again and replaced."""
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    _compiled(tmp_path, monkeypatch)
    [kept] = (tmp_path / "__pycache__").iterdir()
    kept.write_bytes(kept.read_bytes()[:left])
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 1)
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 0)


def test_another_version_of_the_engine_compiles_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one version of Jinja compiled is not run by another."""
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    _compiled(tmp_path, monkeypatch)
    monkeypatch.setattr(jinja2, "__version__", "999.0")
    assert _compiled(tmp_path, monkeypatch)[1] == 1


def test_nothing_is_kept_where_python_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With PYTHONDONTWRITEBYTECODE no file is written."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 1)
    assert [one.name for one in tmp_path.iterdir()] == ["page.j2"]


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept the page is made all the same."""
    (tmp_path / "page.j2").write_text("Hello {{ name }}")
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    assert _compiled(tmp_path, monkeypatch) == ("Hello &lt;you&gt;", 1)
