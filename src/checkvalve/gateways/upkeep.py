"""What a server does between requests: what falls due is learned, what changed is written, the policy is looked at."""

import asyncio
import logging
import time
from contextlib import suppress

from checkvalve.gateways.api import Api
from checkvalve.guard.clock import AHEAD_S, HELD_S
from checkvalve.guard.engine import Guard
from checkvalve.guard.setting_back import ahead_s, set_back
from checkvalve.guard.shared.tenants import SharedTenants

TICK_S = 0.02
"""What falls due is learned in slices this long, so that no decision waits for much of it."""
FLUSH_S = 0.5
MUCH = 256 << 10
"""Bytes that are written at once, and not with the next flush: a kernel that takes megabytes in one go keeps a core for
milliseconds, which is the one that decides where there is no other."""
SNAPSHOT_S = 300.0
_log = logging.getLogger("checkvalve.guard")


class Upkeep:
    """The upkeep of one API; runs in the event loop that serves it.

    Args:
        api: is kept up.
        snapshot_s: so often is a snapshot written.
    """

    def __init__(self, api: Api, snapshot_s: float = SNAPSHOT_S) -> None:
        self._api, self._snapshot_s = api, snapshot_s
        self._task: asyncio.Task[None] | None = None
        self._flushing: asyncio.Future[None] | None = None
        self._not_back_before = 0.0
        self.whole = True
        """Was everything on disk when it ended?"""

    def start(self) -> None:
        """Begin; there must be a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, with everything on disk."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._flushing is not None:
            await asyncio.wait([self._flushing])
        if self._api.log is not None:
            self.whole = self._api.log.flush()
        if self._api.keeping is not None:
            self.whole = self._api.keeping.close() and self.whole
        if isinstance(self._api.guard, SharedTenants):
            await asyncio.to_thread(self._api.guard.close)

    async def _run(self) -> None:
        flushed = saved = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            try:
                self._learn(now)
                self._api.look()
                if self._flushing is None or self._flushing.done():
                    if now - flushed >= FLUSH_S:
                        flushed = now
                        self._flushing = asyncio.get_running_loop().run_in_executor(None, self._flush)
                    elif self._much():
                        self._flushing = asyncio.get_running_loop().run_in_executor(None, self._write)
                if now - saved >= self._snapshot_s:
                    saved = now
                    self._save()
                elif self._api.keeping is not None:
                    self._api.keeping.settle()
            except Exception:
                _log.exception("upkeep failed, and goes on")

    def _learn(self, steady: float) -> None:
        """Learn what is due by now; a guard that a wrong clock took along comes back first."""
        guard, now = self._api.guard, self._api.clock()
        guards = {"": guard} if isinstance(guard, Guard) else getattr(guard, "guards", {})
        ahead = ahead_s(guards.values(), now)
        if ahead > AHEAD_S and steady >= self._not_back_before:
            self._not_back_before = steady + HELD_S
            _log.error("the guard was %.0f s ahead of the clock, which was set back: so is the guard", ahead)
            set_back(guards.values(), now)
            self._save()
        guard.tick(now)

    def _much(self) -> bool:
        """Was so much noted that some of it is better written now? Not where the disk took nothing lately."""
        keepers = (self._api.keeping, self._api.log)
        return any(one is not None and not one.failing and one.noted() >= MUCH for one in keepers)

    def _write(self) -> None:
        if self._api.keeping is not None:
            self._api.keeping.write()
        if self._api.log is not None:
            self._api.log.flush()

    def _flush(self) -> None:
        if self._api.keeping is not None:
            self._api.keeping.flush()
        if self._api.log is not None:
            self._api.log.flush()

    def _save(self) -> None:
        if self._api.keeping is not None:
            self._api.keeping.save(aside=True)
