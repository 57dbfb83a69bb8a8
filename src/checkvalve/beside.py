"""Work that goes on beside other work, where that leaves a processor free."""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock, Thread
from typing import Generic, TypeVar

Made = TypeVar("Made")
Item = TypeVar("Item")

_TURN_S = 0.0002
"""So long a thread holds the interpreter while another wants it. Who reads or asks the engine gives it up for a
moment, and would wait 5 ms, as Python has it, each time that it comes back."""


class _ShortTurns:
    """Threads take short turns as long as any work goes on beside other, whoever of them ends first."""

    def __init__(self) -> None:
        self._lock, self._going_on = Lock(), 0
        self._usual_s = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._going_on:
                self._usual_s = sys.getswitchinterval()
                sys.setswitchinterval(_TURN_S)
            self._going_on += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._going_on -= 1
            if not self._going_on:
                sys.setswitchinterval(self._usual_s)


_SHORT_TURNS = _ShortTurns()


class Work(Generic[Made]):
    """Something that is done in a thread of its own; `result` is there when `beside` has ended."""

    def __init__(self, work: Callable[[], Made]) -> None:
        self._work = work
        self._made: list[Made] = []
        self._failure: BaseException | None = None
        self.thread = Thread(target=self._carry_out, daemon=True)

    def _carry_out(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as error:
            self._failure = error

    @property
    def result(self) -> Made:
        """What the work made. Raises what it raised."""
        if self._failure is not None:
            raise self._failure
        return self._made[0]


@contextmanager
def beside(work: Callable[[], Made], stop: Callable[[], object] = lambda: None) -> Iterator[Work[Made]]:
    """Do ``work`` while the block goes on; at the end of the block both are done.

    What goes wrong in the work is raised where the block ends. A block that fails or is interrupted calls ``stop``,
    which may make the work end early, waits for it, and raises its own error, also where ``stop`` fails.

    >>> with beside(lambda: 6 * 7) as answer:
    ...     pass
    >>> answer.result
    42
    """
    under_way = Work(work)
    with _SHORT_TURNS:
        try:
            under_way.thread.start()
            yield under_way
            under_way.thread.join()
        except BaseException:
            try:
                with suppress(Exception):
                    stop()
            finally:
                if under_way.thread.ident is not None:
                    under_way.thread.join()
            raise
    _ = under_way.result


def shared(
    items: Sequence[Item],
    mine: Callable[[Item], Made],
    others: Callable[[Item], Made],
    stop: Callable[[], object] = lambda: None,
) -> list[Made]:
    """What is made of each item, in their order: ``mine`` here and ``others`` in a thread, whoever is free.

    What goes wrong in either is raised, and no further item begun; ``stop`` as in `beside`.

    >>> shared([1, 2, 3], lambda one: one * one, lambda one: one**2)
    [1, 4, 9]
    """
    made: dict[int, Made] = {}
    left = iter(enumerate(items))

    def carry_on(work: Callable[[Item], Made]) -> None:
        try:
            for nth, item in left:
                made[nth] = work(item)
        finally:
            deque(left, maxlen=0)

    if len(items) < 2:
        return [mine(item) for item in items]
    with beside(partial(carry_on, others), stop):
        carry_on(mine)
    return [made[nth] for nth in range(len(items))]
