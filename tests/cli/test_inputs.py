"""Which files an argument stands for."""

import os
from pathlib import Path

import pytest

from checkvalve.cli.inputs import expand
from checkvalve.cli.output import INVESTIGATION
from checkvalve.errors import Usage


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with logs, and the working directory of the test."""
    for name in ("b.log", "a.log", "web/2.log", "web/10.log", "web/.hidden", ".git/config", "bill.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*arguments: str) -> list[str]:
    """The files that the arguments stand for, as they will be shown."""
    return [str(path) for path in expand(arguments).files]


@pytest.mark.usefixtures("here")
def test_files_keep_the_order_of_the_caller() -> None:
    """Files that are named one by one are read in that order, under the names they were given."""
    assert names("b.log", "a.log") == ["b.log", "a.log"]


@pytest.mark.usefixtures("here")
def test_a_folder_is_all_files_below_it() -> None:
    """A folder stands for the files in it and in its folders, by name, without hidden ones."""
    assert names(".") == ["a.log", "b.log", "bill.csv", "web/10.log", "web/2.log"]


@pytest.mark.usefixtures("here")
def test_a_pattern_is_what_it_matches() -> None:
    """A quoted pattern stands for its matches, by name; a folder among them for its files."""
    assert names("*.log") == ["a.log", "b.log"]
    assert names("w*") == ["web/10.log", "web/2.log"]
    assert names("**/*.log") == ["a.log", "b.log", "web/10.log", "web/2.log"]


@pytest.mark.usefixtures("here")
def test_a_file_counts_once() -> None:
    """A file that is named in several ways is read once."""
    Path("same.log").symlink_to("a.log")
    assert names("a.log", "*.log", ".", "./a.log", str(Path("a.log").absolute())) == [
        "a.log",
        "b.log",
        "bill.csv",
        "web/10.log",
        "web/2.log",
    ]


@pytest.mark.usefixtures("here")
def test_a_name_with_pattern_letters_is_a_name() -> None:
    """A file whose name looks like a pattern is meant when it is there."""
    Path("log[1].txt").write_text("x", encoding="utf-8")
    assert names("log[1].txt") == ["log[1].txt"]


@pytest.mark.usefixtures("here")
def test_a_former_result_is_no_input() -> None:
    """The files of an investigation below a folder are not read as logs; a stranger beside them is."""
    Path("out").mkdir()
    for name in (*INVESTIGATION, "more.log"):
        Path("out", name).write_text("x", encoding="utf-8")
    assert names("out", "web") == ["out/more.log", "web/10.log", "web/2.log"]
    assert "out/quarantine.jsonl" not in names("**/*")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("a.lg", "a.lg: no such file or folder. What to do: did you mean a.log?"),
        ("web/3.log", "web/3.log: no such file or folder. What to do: did you mean web/2.log?"),
        (
            "nowhere/a.log",
            "nowhere/a.log: no such file or folder. What to do: check the path; there is no folder nowhere",
        ),
        ("zzz", "zzz: no such file or folder. What to do: check the spelling"),
        ("*.txt", "*.txt: no file matches this pattern. What to do: check it with 'ls', and quote it"),
        ("-", "-: standard input cannot be read twice. What to do: save it to a file and name that"),
        ("empty", "empty: the folder holds no file. What to do: name the files, or another folder"),
        ("pipe", "pipe: not a regular file, and it is read twice. What to do: save it to a file first"),
    ],
)
def test_what_names_nothing_is_bad_usage(argument: str, message: str) -> None:
    """An argument that stands for no file is named, with what to do."""
    Path("empty").mkdir()
    os.mkfifo("pipe")
    with pytest.raises(Usage) as raised:
        expand(["a.log", argument])
    assert str(raised.value) == message


@pytest.mark.usefixtures("here")
def test_a_name_that_is_no_text_is_left_out() -> None:
    """A file whose name is not UTF-8 is left out, and named with its bytes written out."""
    Path(os.fsdecode(b"\xff.log")).write_text("x", encoding="utf-8")
    inputs = expand(["*.log"])
    assert [str(path) for path in inputs.files] == ["a.log", "b.log"]
    assert inputs.left_out == ["\\xff.log: the name is not UTF-8; rename the file to have it read"]
    with pytest.raises(Usage, match="is not UTF-8; rename"):
        expand([os.fsdecode(b"\xff.log")])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "target"), [("dangling", "nowhere"), ("loop", "loop")])
def test_a_link_to_nothing_is_called_one(name: str, target: str) -> None:
    """A link that leads to no file is not said to be missing, nor proposed as its own correction."""
    Path(name).symlink_to(target)
    with pytest.raises(Usage, match=f"^{name}: a link that leads to no file"):
        expand([name])


@pytest.mark.parametrize("argument", ["web", "web/*"])
@pytest.mark.usefixtures("here")
def test_what_cannot_be_read_in_a_folder_is_told(argument: str) -> None:
    """Pipes, and links that lead to no file, among the files of a folder are left out, and said to be."""
    os.mkfifo("web/pipe")
    Path("web/dangling").symlink_to("nowhere")
    Path("web/loop").symlink_to("loop")
    inputs = expand([argument])
    assert [str(path) for path in inputs.files] == ["web/10.log", "web/2.log"]
    assert inputs.left_out == [
        "web/dangling: a link that leads to no file",
        "web/loop: a link that leads to no file",
        "web/pipe: not a regular file, and it is read twice; save it to a file first",
    ]


@pytest.mark.usefixtures("here")
def test_a_link_to_another_folder_is_told() -> None:
    """Links to folders are not followed, which is said where they lead out of the folder that is read anyway."""
    Path("old").mkdir()
    Path("web/old").symlink_to("../old")
    Path("web/again").symlink_to(".")
    assert expand(["web"]).left_out == ["web/old: a link to a folder elsewhere; name that folder to have it read"]


@pytest.mark.usefixtures("here")
def test_a_folder_of_what_cannot_be_read_says_so() -> None:
    """Where nothing else is there the reason is told, and not that the folder is empty."""
    Path("pipes").mkdir()
    os.mkfifo("pipes/one")
    with pytest.raises(Usage, match=r"^pipes/one: not a regular file"):
        expand(["pipes"])


def test_an_empty_name_is_no_folder() -> None:
    """An empty argument, as an unset variable of a script gives, does not mean the current folder."""
    with pytest.raises(Usage, match="name of an input is empty"):
        expand([""])


@pytest.mark.usefixtures("here")
def test_a_folder_that_cannot_be_listed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder below that may not be read is left out, and said to be."""
    scandir = os.scandir

    def closed(path: str | Path) -> object:
        if Path(path).name == "web":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    inputs = expand(["."])
    assert [path.name for path in inputs.files] == ["a.log", "b.log", "bill.csv"]
    assert inputs.left_out == ["./web: Permission denied"]
