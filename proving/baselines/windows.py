"""Counting over sliding windows and leaking buckets, as nearly all published rules do."""

from collections import deque


class Window:
    """How many things happened for each key during the last so many seconds?"""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._times: dict[str, deque[float]] = {}

    def add(self, key: str, at: float) -> None:
        """Note one."""
        self._times.setdefault(key, deque()).append(at)

    def count(self, key: str, at: float) -> int:
        """How many are there now?

        >>> window = Window(10.0)
        >>> window.add("a", 1.0)
        >>> window.count("a", 5.0), window.count("a", 12.0)
        (1, 0)
        """
        times = self._times.get(key)
        if not times:
            return 0
        while times and times[0] <= at - self._span_s:
            times.popleft()
        return len(times)


class Bucket:
    """A level for each key that leaks away evenly."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._levels: dict[str, tuple[float, float]] = {}

    def level(self, key: str, at: float, per_second: float | None = None) -> float:
        """How full is it now?"""
        level, since = self._levels.get(key, (0.0, at))
        leak = self._per_second if per_second is None else per_second
        return max(0.0, level - (at - since) * leak)

    def set(self, key: str, at: float, level: float) -> None:
        """Make it so full."""
        self._levels[key] = (max(0.0, level), at)


class Days:
    """How many happened for each key on each of the last days (UTC)?"""

    def __init__(self, days: int) -> None:
        self._days = days
        self._counts: dict[str, dict[int, int]] = {}

    def add(self, key: str, at: float) -> None:
        """Note one."""
        counts = self._counts.setdefault(key, {})
        day = int(at // 86_400)
        counts[day] = counts.get(day, 0) + 1

    def most(self, key: str, at: float) -> int:
        """The largest count of one of the days before today."""
        today = int(at // 86_400)
        counts = self._counts.get(key, {})
        return max((count for day, count in counts.items() if today - self._days <= day < today), default=0)
