"""The delivery journal: what is claimed stays claimed, and many tasks share a commit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import event

from orchestrator.errors import EngineAway
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal


@pytest.fixture
async def journal(store: Store) -> AsyncIterator[DeliveryJournal]:
    found = DeliveryJournal(store.engine)
    yield found
    await found.close()


@dataclass(frozen=True)
class Chunk:
    journey_id: str = "j"
    node_id: str = "letter"
    wave: int = 1
    chunk: int = 0


async def test_an_entry_is_replaced_by_the_next_one_of_its_key(journal: DeliveryJournal, store: Store) -> None:
    await journal.write(Chunk(), {"a": ("sending", None, None), "b": ("sending", None, None)})
    await journal.write(Chunk(), {"a": ("accepted", "ref-1", None)})
    assert await journal.entries(Chunk()) == {"a": ("accepted", "ref-1", None), "b": ("sending", None, None)}


async def test_a_chunk_has_its_own_entries(journal: DeliveryJournal, store: Store) -> None:
    places = [Chunk(), Chunk(chunk=1), Chunk(wave=2), Chunk(node_id="other"), Chunk(journey_id="k")]
    for number, place in enumerate(places):
        await journal.write(place, {f"key-{number}": ("sending", None, None)})
    assert [list(await journal.entries(place)) for place in places] == [[f"key-{n}"] for n in range(5)]


async def test_tasks_that_write_at_once_share_commits_and_lose_nothing(journal: DeliveryJournal, store: Store) -> None:
    commits = 0

    @event.listens_for(store.engine.sync_engine, "commit")
    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    await asyncio.gather(*(journal.write(Chunk(), {f"{n:032}": ("sending", None, None)}) for n in range(200)))
    assert commits < 20
    assert len(await journal.entries(Chunk())) == 200


async def test_every_task_of_a_group_learns_that_it_failed(journal: DeliveryJournal, store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE delivery_journal RENAME TO elsewhere")
    claims = [{f"key-{n}": ("sending", None, None)} for n in range(5)]
    results = await asyncio.gather(*(journal.write(Chunk(), each) for each in claims), return_exceptions=True)
    assert all(isinstance(each, EngineAway) for each in results), results
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO delivery_journal")
    await journal.write(Chunk(), claims[0])
    assert list(await journal.entries(Chunk())) == ["key-0"]


async def test_a_providers_long_reference_is_cut_and_harms_nobody(journal: DeliveryJournal, store: Store) -> None:
    await journal.write(Chunk(), {"a": ("accepted", "r" * 500, "s" * 500)})
    [(_, reference, reason)] = (await journal.entries(Chunk())).values()
    assert (reference, reason) == ("r" * 200, "s" * 60)
