"""What customers and mail servers say of messages: kept at once, and taken to the ledger a moment later, together."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from orchestrator.errors import SojournError
from orchestrator.execution.message_events import record
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.tags import tagged
from orchestrator.store.event_inbox import EventInbox, EventRecord

log = logging.getLogger("sojourn.api")

MOST = 1_000
"""Events in one write."""
GATHER, AGAIN, IDLE = timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=5)
"""How long events gather; how long until a lakehouse that was away is tried again; how often others' are looked for."""


class Arrivals:
    """Takes events in, whatever the lakehouse does, and moves them into the ledger, each once."""

    def __init__(self, inbox: EventInbox, engine: Engine, schema: str, clock: Callable[[], datetime]) -> None:
        self._inbox, self._engine, self._schema, self._clock = inbox, engine, schema, clock
        self._came = asyncio.Event()
        self._moving = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def add(self, events: Sequence[EventRecord]) -> None:
        """Returns when they are kept. Raises EngineAway."""
        await self._inbox.add(events)
        self._came.set()

    async def move(self) -> None:
        """Returns when everything that was kept before is in the ledger. Raises EngineAway and LakehouseAway."""
        async with self._moving:
            while events := await self._inbox.take(self._clock(), MOST):
                try:
                    with tagged(kind="message_events"):
                        await record(self._engine, self._schema, events, self._clock())
                except BaseException:
                    await self._inbox.give_back(events)
                    raise
                await self._inbox.remove(events)

    def start(self) -> None:
        """Moves events from now on, those first that an earlier process has left."""
        self._came.set()
        self._task = asyncio.create_task(self._keep_moving())

    async def close(self) -> None:
        """Stops; what is kept waits for the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep_moving(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE.total_seconds()):
                    await self._came.wait()
            self._came.clear()
            await asyncio.sleep(GATHER.total_seconds())
            try:
                await self.move()
            except SojournError as away:
                log.warning("what was said of messages waits: %s", away)
                await asyncio.sleep(AGAIN.total_seconds())
                self._came.set()
            except Exception as error:
                log.error("a defect in moving message events", exc_info=error)
                await asyncio.sleep(AGAIN.total_seconds())
