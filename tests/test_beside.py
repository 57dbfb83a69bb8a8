"""What goes on beside other work is done when that is, and nothing of it is lost."""

import threading

import pytest

from checkvalve.beside import beside


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
