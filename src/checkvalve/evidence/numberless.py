"""Which logs name no number for their messages, so that no range can be seen in them, and what helps?"""

from checkvalve.evidence.store import Store

_MOST = 0.5
"""A log of which so many messages have a number is not told: single ones are masked or mistyped everywhere."""


def numberless(store: Store, default_country: str | None) -> list[str]:
    """Which logs hide or shorten the numbers of most messages, and what to do about it?"""
    rows = store.rows(
        """SELECT source_file, count(*), count(*) FILTER (number IS NULL),
                  count(*) FILTER (number IS NULL AND country IS NOT NULL)
        FROM send_rows WHERE channel IS NULL OR channel IN ('sms', 'voice', 'mms', 'rcs')
        GROUP BY source_file ORDER BY source_file"""
    )
    return [
        _told(file, total, without, with_country, default_country)
        for file, total, without, with_country in rows
        if without > _MOST * total
    ]


def _told(file: str, total: int, without: int, with_country: int, default_country: str | None) -> str:
    countries = f"; of {with_country:,} the country is known" if with_country else ""
    todo = (
        f"numbers as dialled at home were read as those of {default_country}"
        if default_country
        else "if they are written as dialled at home, name their country in logs.default_country"
    )
    return (
        f"{file}: {without:,} of {total:,} messages have no number that says where it leads (masked, left out, or "
        f"without its country), so no range can be seen in them{countries}; {todo}"
    )
