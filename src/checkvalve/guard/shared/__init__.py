"""A guard whose memory lies in Valkey or Redis and is shared by processes."""

from checkvalve.guard.shared.asynchronous import AsyncSharedGuard
from checkvalve.guard.shared.guard import SharedGuard
from checkvalve.guard.shared.tenants import SharedTenants

__all__ = ["AsyncSharedGuard", "SharedGuard", "SharedTenants"]
