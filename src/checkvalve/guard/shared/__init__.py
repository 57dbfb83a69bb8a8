"""A guard whose memory lies in Valkey or Redis and is shared by processes."""

from checkvalve.guard.shared.asynchronous import AsyncSharedGuard
from checkvalve.guard.shared.guard import SharedGuard

__all__ = ["AsyncSharedGuard", "SharedGuard"]
