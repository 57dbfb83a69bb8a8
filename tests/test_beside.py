"""What goes on beside other work is done when that is, and nothing of it is lost."""

import sys
import threading

import pytest

from checkvalve.beside import beside, shared


def test_both_are_done() -> None:
    """The work goes on while the block does, in a thread of its own, and its result is there afterwards."""
    begun = threading.Event()

    def work() -> int:
        begun.set()
        return threading.get_ident()

    with beside(work) as other:
        assert begun.wait(10)
    assert other.result != threading.get_ident()


def test_a_failure_of_the_work_is_raised() -> None:
    """Whatever the work raises, an interruption too, is raised where the block ends."""

    def work() -> None:
        raise KeyboardInterrupt

    done = []
    with pytest.raises(KeyboardInterrupt), beside(work):
        done.append(1)
    assert done == [1]


def test_a_failure_of_the_block_ends_the_work() -> None:
    """The work is told to stop and is over before the block's own error is raised; what it raises then is dropped."""
    told, over = threading.Event(), threading.Event()

    def work() -> None:
        assert told.wait(10)
        over.set()
        raise ValueError("stopped")

    with pytest.raises(ZeroDivisionError), beside(work, told.set):
        _ = 1 // 0
    assert over.is_set()


def test_what_is_shared_comes_in_order() -> None:
    """Both make something where each waits for the other, and results stand in the order of the items."""
    meeting = threading.Barrier(2, timeout=10)

    def work(item: int) -> tuple[int, int]:
        meeting.wait()
        return item, threading.get_ident()

    found = shared([3, 1, 2, 0], work, work)
    assert [item for item, _ in found] == [3, 1, 2, 0]
    assert len({thread for _, thread in found}) == 2


@pytest.mark.parametrize("here", [True, False])
def test_after_a_failure_nothing_more_is_begun(here: bool) -> None:
    """Whoever fails, items that nobody has begun stay as they are, and the failure is raised."""
    meeting, begun = threading.Barrier(2, timeout=10), []
    failed = threading.Event()

    def fail(item: int) -> None:
        begun.append(item)
        meeting.wait()
        try:
            raise ValueError(item)
        finally:
            failed.set()

    def go_on(item: int) -> None:
        begun.append(item)
        meeting.wait()
        assert failed.wait(10)

    with pytest.raises(ValueError, match=r"\d"):
        shared(range(100), *((fail, go_on) if here else (go_on, fail)))
    assert len(begun) <= 3


def test_turns_are_as_usual_when_all_is_done() -> None:
    """Works that overlap leave the interpreter's turns as they were, whichever of them ends first."""
    usual_s, first, second = sys.getswitchinterval(), beside(int), beside(int)
    first.__enter__()
    second.__enter__()
    assert sys.getswitchinterval() < usual_s
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() < usual_s
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == usual_s


def test_the_blocks_own_error_is_raised_where_the_stop_fails() -> None:
    """Where the work cannot be told to stop it is waited for all the same, and the block's error is the one raised."""
    go_on, over = threading.Event(), threading.Event()

    def work() -> None:
        assert go_on.wait(10)
        over.set()

    def stop() -> None:
        go_on.set()
        raise ValueError("nothing to stop")

    with pytest.raises(ZeroDivisionError), beside(work, stop):
        _ = 1 // 0
    assert over.is_set()


def test_a_thread_that_cannot_begin_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no further thread, that is the error."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"), beside(int):
        pass
