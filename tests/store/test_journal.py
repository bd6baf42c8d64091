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
    await journal.write(Chunk(), "1", {"a": ("sending", None, None), "b": ("sending", None, None)})
    await journal.write(Chunk(), "1", {"a": ("accepted", "ref-1", None)})
    assert await journal.entries(Chunk()) == {"a": ("accepted", "ref-1", None), "b": ("sending", None, None)}


async def test_of_two_attempts_one_claims_and_the_later_has_the_last_word(
    journal: DeliveryJournal, store: Store
) -> None:
    claim, accepted, unknown = ("sending", None, None), ("accepted", "ref", None), ("unknown", None, "in_doubt")
    assert "a" in await journal.write(Chunk(), "1", {"a": claim, "b": claim})
    assert "a" not in await journal.write(Chunk(), "2", {"a": claim}), "the first may still send it"
    assert await journal.write(Chunk(), "2", {"a": unknown, "c": claim}) == {"a", "c"}
    assert await journal.write(Chunk(), "1", {"a": accepted, "b": accepted}) == {"b"}
    assert await journal.write(Chunk(), "2", {"b": claim}) == set()
    assert await journal.write(Chunk(), "2", {"c": ("deferred", None, "smtp_450")}) == {"c"}
    assert await journal.write(Chunk(), "1", {"c": claim}) == set()
    both = journal.write(Chunk(), "2", {"c": claim}), journal.write(Chunk(), "2", {"c": accepted})
    assert await asyncio.gather(*both) == [{"c"}, {"c"}], "in their order"
    assert {key: entry[0] for key, entry in (await journal.entries(Chunk())).items()} == {
        "a": "unknown", "b": "accepted", "c": "accepted",
    }  # fmt: skip


async def test_a_chunk_has_its_own_entries(journal: DeliveryJournal, store: Store) -> None:
    places = [Chunk(), Chunk(chunk=1), Chunk(wave=2), Chunk(node_id="other"), Chunk(journey_id="k")]
    for number, place in enumerate(places):
        await journal.write(place, "1", {f"key-{number}": ("sending", None, None)})
    assert [list(await journal.entries(place)) for place in places] == [[f"key-{n}"] for n in range(5)]


async def test_tasks_that_write_at_once_share_commits_and_lose_nothing(journal: DeliveryJournal, store: Store) -> None:
    commits = 0

    @event.listens_for(store.engine.sync_engine, "commit")
    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    await asyncio.gather(*(journal.write(Chunk(), "1", {f"{n:032}": ("sending", None, None)}) for n in range(200)))
    assert commits < 20
    assert len(await journal.entries(Chunk())) == 200


async def test_every_task_of_a_group_learns_that_it_failed(journal: DeliveryJournal, store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE delivery_journal RENAME TO elsewhere")
    claims = [{f"key-{n}": ("sending", None, None)} for n in range(5)]
    results = await asyncio.gather(*(journal.write(Chunk(), "1", each) for each in claims), return_exceptions=True)
    assert all(isinstance(each, EngineAway) for each in results), results
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO delivery_journal")
    await journal.write(Chunk(), "1", claims[0])
    assert list(await journal.entries(Chunk())) == ["key-0"]


async def test_a_providers_long_reference_is_cut_and_harms_nobody(journal: DeliveryJournal, store: Store) -> None:
    await journal.write(Chunk(), "1", {"a": ("accepted", "r" * 500, "s" * 500)})
    [(_, reference, reason)] = (await journal.entries(Chunk())).values()
    assert (reference, reason) == ("r" * 200, "s" * 60)
