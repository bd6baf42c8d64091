"""Reports as they change: one poller for each journey that somebody watches, however many do."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import Context
from typing import Literal

from orchestrator.errors import OperationalError, UserError
from orchestrator.execution.report import Report

log = logging.getLogger("sojourn.api")

Read = Callable[[str], Awaitable[Report]]
State = Literal["on", "done", "closed"]
News = tuple[Literal["report", "done"], Report]

_AWAY = 5.0
"""Seconds until a lakehouse or database that was away is asked again."""


class _Feed:
    """What the listeners of one journey share."""

    def __init__(self, first: Report) -> None:
        self.report, self.number = first, 1
        self.state: State = "on"
        self.changed = asyncio.Condition()
        self.listeners = 0
        self.poller: asyncio.Task[None] | None = None

    async def news(self, seen: int) -> State:
        """Waits for a report after the one seen, or for the end."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.number > seen or self.state != "on")
            return self.state

    async def tell(self, report: Report | None, state: State = "on") -> None:
        async with self.changed:
            if report is not None and report != self.report:
                self.report, self.number = report, self.number + 1
            self.state = state
            self.changed.notify_all()


class Feeds:
    """Asks for reports at most once a second, and spends at most a tenth of the time on asking."""

    def __init__(self, read: Read, *, every: float = 1.0) -> None:
        self._read, self._every = read, every
        self._feeds: dict[str, _Feed] = {}
        self._closed = False

    async def first(self, journey_id: str) -> Report:
        """The report as it is now: the shared one when somebody watches already. Raises what reading raises."""
        feed = self._feeds.get(journey_id)
        return feed.report if feed is not None else await self._read(journey_id)

    async def follow(self, journey_id: str, first: Report) -> AsyncIterator[News]:
        """The report now, and again whenever it changes; `done` when the run is over. Ends when closed."""
        feed = self._feeds.get(journey_id)
        if feed is None:
            feed = self._feeds[journey_id] = _Feed(first)
            # It outlives the request of whoever came first, and is no part of its trace.
            feed.poller = asyncio.create_task(self._poll(journey_id, feed), context=Context())
        feed.listeners += 1
        seen = 0
        try:
            while not self._closed:
                state = await feed.news(seen)
                fresh, seen, report = feed.number > seen, feed.number, feed.report
                if fresh:
                    yield "report", report
                if state == "done":
                    yield "done", report
                if state != "on":
                    return
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                self._drop(journey_id, feed)

    async def close(self) -> None:
        """Ends every stream, so that a server that stops waits for nobody; browsers come back by themselves."""
        self._closed = True
        for journey_id, feed in list(self._feeds.items()):
            self._drop(journey_id, feed)
            await feed.tell(None, "closed")

    def _drop(self, journey_id: str, feed: _Feed) -> None:
        if self._feeds.get(journey_id) is feed:
            del self._feeds[journey_id]
        if feed.poller is not None:
            feed.poller.cancel()

    async def _poll(self, journey_id: str, feed: _Feed) -> None:
        pause = self._every
        while True:
            # What settles after the end still counts: it is over when a run that has ended has not changed since.
            over = feed.report.status in ("stopped", "finished")
            await asyncio.sleep(pause)
            started = time.monotonic()
            try:
                report = await self._read(journey_id)
            except OperationalError:
                pause = max(_AWAY, self._every)
                continue
            except UserError:
                await feed.tell(None, "closed")  # the journey was deleted, or its tables are gone
                return
            except Exception as defect:
                log.error("the report of %s cannot be read: %s", journey_id, type(defect).__qualname__)
                await feed.tell(None, "closed")
                return
            pause = max(self._every, 10 * (time.monotonic() - started))
            if over and report == feed.report:
                await feed.tell(report, "done")
                return
            await feed.tell(report)
