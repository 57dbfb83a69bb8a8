"""The day of the examples."""

from datetime import UTC, datetime, timedelta

DAY = datetime(2026, 5, 26, tzinfo=UTC)


def at(hour: float) -> datetime:
    """The moment so many hours after midnight of the example's day."""
    return DAY + timedelta(hours=hour)
