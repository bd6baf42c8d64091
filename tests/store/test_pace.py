"""The pace of a connection: workers together send no more a second than the provider takes."""

import asyncio
import time

from orchestrator.store.documents import Store
from orchestrator.store.pace import Pace


async def test_two_workers_share_the_pace_of_a_connection(store: Store) -> None:
    mine, yours = (Pace(store.engine, "mail", 20) for _ in range(2))
    other = Pace(store.engine, "other mail", 0.01)
    began = time.monotonic()
    await other.take(1)
    await asyncio.gather(*(each.take(1) for each in (mine, yours) for _ in range(6)))
    assert time.monotonic() - began >= 10 / 20 - 0.02, "the last two of twelve came before their half second"


async def test_a_batch_larger_than_a_second_takes_its_time(store: Store) -> None:
    pace = Pace(store.engine, "push", 500)
    began = time.monotonic()
    for _ in range(3):
        await pace.take(100)
    assert time.monotonic() - began >= 2 * 100 / 500 - 0.02
