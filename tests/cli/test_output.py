"""A result appears whole or not at all."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.cli import main
from checkvalve.cli.output import INVESTIGATION, finished
from checkvalve.errors import Surroundings, Usage

FILES = ("table.bin", "result.json")


def write(folder: Path, text: str, names: tuple[str, ...] = FILES) -> None:
    """Write the files of a result, all with the same text."""
    for name in names:
        (folder / name).write_text(text, encoding="utf-8")


def fail(output: Path, error: type[BaseException]) -> None:
    """A run that ends early, with everything written."""
    with finished(output, FILES) as work:
        write(work, "new")
        raise error


def contents(folder: Path) -> dict[str, str]:
    """What a folder holds, hidden files included."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_appears_with_all_files(tmp_path: Path) -> None:
    """A folder that was not there is there at the end, with the files and nothing beside them."""
    output = tmp_path / "findings"
    with finished(output, FILES) as work:
        assert not output.exists()
        write(work, "new")
    assert contents(tmp_path) == {"findings/table.bin": "new", "findings/result.json": "new"}


def test_missing_parents_are_made(tmp_path: Path) -> None:
    """A folder several levels down needs no mkdir."""
    with finished(tmp_path / "a" / "b" / "c", FILES) as work:
        write(work, "new")
    assert (tmp_path / "a" / "b" / "c" / "result.json").exists()


def test_a_former_result_is_replaced_and_strangers_stay(tmp_path: Path) -> None:
    """Files of a former result are replaced; files of other names in the folder are left alone."""
    write(tmp_path, "old")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with finished(tmp_path, FILES) as work:
        write(work, "new")
        assert contents(tmp_path)["result.json"] == "old"
    assert contents(tmp_path) == {"table.bin": "new", "result.json": "new", "notes.txt": "mine"}


def test_a_former_journal_does_not_meet_a_new_database(tmp_path: Path) -> None:
    """A write-ahead file that an interrupted reader left is removed with its database."""
    (tmp_path / "table.bin.wal").write_text("changes to the old one", encoding="utf-8")
    with finished(tmp_path, FILES) as work:
        write(work, "new")
    assert not (tmp_path / "table.bin.wal").exists()


def test_what_was_written_besides_does_not_appear(tmp_path: Path) -> None:
    """Scratch files of the work stay out of the result."""
    with finished(tmp_path / "findings", FILES) as work:
        write(work, "new")
        (work / "spill").mkdir()
        (work / "spill" / "1.tmp").write_text("x", encoding="utf-8")
        (work / "scratch").write_text("x", encoding="utf-8")
    assert set(contents(tmp_path / "findings")) == set(FILES)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
@pytest.mark.parametrize("existed", [True, False])
def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, error: type[BaseException], existed: bool) -> None:
    """Whatever ends the work early, the folder is what it was, and no working folder stays."""
    output = tmp_path / "deep" / "findings"
    if existed:
        output.mkdir(parents=True)
        write(output, "old")
    before = contents(tmp_path)
    with pytest.raises(error):
        fail(output, error)
    assert contents(tmp_path) == before
    assert existed or not (tmp_path / "deep").exists()


def test_an_incomplete_result_is_a_failure(tmp_path: Path) -> None:
    """When one of the files was not written, none appears."""
    with pytest.raises(RuntimeError, match="result lacks"), finished(tmp_path / "out", FILES) as work:
        write(work, "new", ("table.bin",))
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.booleans(), max_size=6))
def test_the_folder_holds_the_last_run_that_succeeded(outcomes: list[bool]) -> None:
    """However runs succeed and fail in turn, the folder shows the last success, whole."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        output, expected = Path(name) / "out", None
        for number, succeeds in enumerate(outcomes):
            try:
                with finished(output, FILES) as work:
                    write(work, str(number))
                    if not succeeds:
                        raise ValueError
                expected = str(number)
            except ValueError:
                pass
        held = contents(output) if output.exists() else {}
        assert held == ({} if expected is None else dict.fromkeys(FILES, expected))
        assert [path.name for path in Path(name).iterdir() if path.name.startswith(".")] == []


def test_a_file_is_refused(tmp_path: Path) -> None:
    """An output that is a file is bad usage, said before the work begins."""
    file = tmp_path / "findings"
    file.write_text("keep me", encoding="utf-8")
    with pytest.raises(Usage, match=r"findings: this is a file.*What to do"), finished(file, FILES):
        pytest.fail("the work must not begin")
    assert file.read_text(encoding="utf-8") == "keep me"


def test_a_file_in_the_middle_is_refused(tmp_path: Path) -> None:
    """An output below a file is bad usage too."""
    (tmp_path / "file").write_text("keep me", encoding="utf-8")
    with pytest.raises(Usage, match="a folder is needed"), finished(tmp_path / "file" / "out", FILES):
        pytest.fail("the work must not begin")


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A folder that has the name of a result file would make the last step fail, so it is named first."""
    (tmp_path / "result.json").mkdir()
    with pytest.raises(Usage, match="in the way"), finished(tmp_path, FILES):
        pytest.fail("the work must not begin")


def test_a_missing_right_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written is the surroundings' fault, said before the work begins."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Surroundings, match="not writable"), finished(tmp_path / "out", FILES):
        pytest.fail("the work must not begin")


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    """The result goes to where a link leads, and the link is kept."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with finished(tmp_path / "link", FILES) as work:
        write(work, "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "result.json").read_text() == "new"


KILLED = """
import sys, time
from pathlib import Path
from checkvalve.cli.output import finished
with finished(Path(sys.argv[1]), ("result.json",)) as work:
    (work / "huge").write_text("x")
    print("working", flush=True)
    time.sleep(60)
"""


def begun(output: Path) -> subprocess.Popen[str]:
    """A run that has begun to write and is still at it."""
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(output)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "working\n"
    return run


def partial(folder: Path) -> list[Path]:
    """The working folders that lie there."""
    return list(folder.glob(".out.partial-*"))


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """A run that is killed cannot clean up; the next one does, but never a folder that is still in use."""
    dead, alive = begun(tmp_path / "out"), begun(tmp_path / "out")
    try:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        assert len(partial(tmp_path)) == 2
        with finished(tmp_path / "out", FILES) as work:
            assert len(partial(tmp_path)) == 2, "the one in use, and this one"
            write(work, "new")
        assert len(partial(tmp_path)) == 1
    finally:
        alive.kill()
        alive.wait()
        for run in (dead, alive):
            assert run.stdout is not None
            run.stdout.close()


def test_an_interrupted_run_cleans_up(tmp_path: Path) -> None:
    """Ctrl-C removes the working folder before the process ends."""
    run = begun(tmp_path / "out")
    run.send_signal(signal.SIGINT)
    run.wait()
    assert run.stdout is not None
    run.stdout.close()
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_behind_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who interrupts when the result is in its place is told that it is whole, and not that nothing was written."""

    def told(*_: object) -> int:
        with finished(tmp_path / "out", FILES) as work:
            write(work, "new")
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_invoke", told)
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        assert main.run([]) == 130
    assert shown.getvalue() == f"checkvalve: interrupted; the result in {tmp_path / 'out'} is whole\n"


def test_the_result_file_comes_last() -> None:
    """Whoever waits for investigation.json finds the other files beside it."""
    assert INVESTIGATION[-1] == "investigation.json"


def test_files_have_the_usual_rights(tmp_path: Path) -> None:
    """The folder can be read by those whom the user's own umask lets read, not by the user alone."""
    before = os.umask(0o027)
    try:
        with finished(tmp_path / "out", FILES) as work:
            write(work, "new")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_whole_numbers_are_for_their_owner(tmp_path: Path) -> None:
    """Files that hold whole numbers are readable by their owner only, also in a folder that others may read."""
    with finished(tmp_path / "out", INVESTIGATION) as work:
        write(work, "new", INVESTIGATION)
        assert work.stat().st_mode & 0o777 == 0o700
    rights = {name: (tmp_path / "out" / name).stat().st_mode & 0o077 for name in INVESTIGATION}
    assert not any(rights[name] for name in INVESTIGATION if name != "report.html")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder in which none can be made")
@pytest.mark.parametrize("place", ["/proc/findings", "/proc/a/findings"])
def test_a_place_for_no_folder(place: str) -> None:
    """Where no folder can be made the message names the output folder, and does not speak of a file that is gone."""
    with pytest.raises(Surroundings) as caught, finished(Path(place), FILES):
        pass
    assert str(caught.value).startswith(f"{place}: ")
    assert "gone" not in str(caught.value)
    assert "-o DIR" in caught.value.todo


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_among_the_renames_waits_for_the_last(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the command, and whichever thread takes it, the result is whole before it is heeded."""
    write(tmp_path, "old")
    replace, waiting = Path.replace, threading.Event()

    def torn(path: Path, target: Path) -> Path:
        found = replace(path, target)
        os.kill(os.getpid(), number)
        time.sleep(0.05)
        return found

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    other = threading.Thread(target=waiting.wait, args=(30,))
    other.start()
    before = signal.signal(number, stop)
    monkeypatch.setattr(Path, "replace", torn)
    try:
        with pytest.raises(KeyboardInterrupt), finished(tmp_path, FILES) as work:
            write(work, "new")
    finally:
        signal.signal(number, before)
        waiting.set()
        other.join()
    assert contents(tmp_path) == {"table.bin": "new", "result.json": "new"}
