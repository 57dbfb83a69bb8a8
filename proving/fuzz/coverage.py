"""Which lines of the sources has a run been the first to reach? Asked ten thousand times, so it must cost little."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import checkvalve

FOLDER = str(Path(checkvalve.__file__).parent / "sources")


class Coverage:
    """Lines reached so far; a function whose lines are all known is not watched any more."""

    def __init__(self) -> None:
        self.reached: set[tuple[str, int]] = set()
        self._left: dict[CodeType, set[int]] = {}
        self._new = 0

    def __call__(self, run: Callable[[], object]) -> int:
        """Run it; how many lines were reached for the first time?"""
        self._new = 0
        with _Traced(self._call):
            run()
        return self._new

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            own = code.co_filename.startswith(FOLDER)
            left = self._left[code] = {line for _, _, line in code.co_lines() if line} if own else set()
        return self._line if left else None

    def _line(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        left, line = self._left[frame.f_code], frame.f_lineno
        if line in left:
            left.discard(line)
            self.reached.add((frame.f_code.co_filename, line))
            self._new += 1
        return self._line if left else None


class _Traced:
    """While a function watches the calls of this thread."""

    def __init__(self, watch: Callable[..., Any]) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._watch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(self._before)
