"""Runs side by side: each in a process of its own, handed out and answered in order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def answers(work: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int) -> Iterator[Answer]:
    """The answer to every task, in the order of the tasks, from so many processes at a time.

    With one job the work is done here. Processes are started anew and not forked, because the engine's threads do
    not survive a fork; ``work`` must therefore be a function of a module.

    >>> list(answers(abs, [-1, 2], jobs=1))
    [1, 2]
    """
    if jobs == 1 or not tasks:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, tasks)
