"""Pages and batches of gateways and identity providers that are told by more than one key: what stands inside?

A list is taken out of an object where the object has the keys that the vendor writes beside it and every item has
the keys of the vendor's record; so a list of the same name in a record of somebody else stays closed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class _Page(NamedTuple):
    items: str
    beside: frozenset[str]
    inside: frozenset[str]


_PAGES = (
    _Page("objects", frozenset({"api_id", "meta"}), frozenset({"message_uuid"})),  # Plivo
    _Page("items", frozenset({"totalCount", "links"}), frozenset({"createdDatetime"})),  # MessageBird
    _Page("results", frozenset(), frozenset({"messageId", "status"})),  # Infobip: reports and logs
    _Page("messages", frozenset({"bulkId"}), frozenset({"messageId", "status"})),  # Infobip: answer to a send
    _Page("logs", frozenset(), frozenset({"log_id", "data"})),  # Auth0: stream to a webhook
    _Page("AuthEvents", frozenset(), frozenset({"EventId", "EventType"})),  # Cognito: history of a user
)
_HOOKED = frozenset({"uuid", "eventType"})
KEYS = frozenset({"data", *(page.items for page in _PAGES)})
"""Keys without which no page is opened."""


def page_items(record: Mapping[str, Any]) -> list[Any] | None:
    """Which records does the page hold? ``None`` for what is no such page.

    >>> page_items({"results": [{"messageId": "m1", "status": {}}]})
    [{'messageId': 'm1', 'status': {}}]
    >>> page_items({"results": [{"name": "x"}]}) is None
    True
    """
    for page in _PAGES:
        items = record.get(page.items)
        if isinstance(items, list) and record.keys() >= page.beside and _all_have(items, page.inside):
            return items if items or page.beside else None
    return _event_hook(record)


def _event_hook(record: Mapping[str, Any]) -> list[Any] | None:
    """Okta's event hook: log events inside an event of its own."""
    data = record.get("data")
    if not isinstance(data, dict) or "eventType" not in record:
        return None
    items = data.get("events")
    return items if isinstance(items, list) and items and _all_have(items, _HOOKED) else None


def _all_have(items: list[Any], keys: frozenset[str]) -> bool:
    return all(isinstance(item, dict) and item.keys() >= keys for item in items)
