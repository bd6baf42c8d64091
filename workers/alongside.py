"""What goes on beside the work of an activity, for as long as the work takes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity

_EVERY = 2.0
"""Seconds between heartbeats."""


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs something beside the block, for as long as the block takes."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def heartbeat() -> None:
    """Tells Temporal again and again that the activity is alive, and lets it be told to stop."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(_EVERY)
