"""The store keeps what it is given, and never lets one save run over another."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from orchestrator.errors import Conflict, NotFound, Stale, UserError
from orchestrator.store.records import RunRecord, VersionRecord

DOCUMENT = {
    "schema_version": 1,
    "name": "Frische Brötchen 🥨",
    "nodes": [{"id": "a", "data": {"n": 1.5, "no": None}}],
}
NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)


def version(number, journey_id="bread"):
    return VersionRecord(journey_id, number, DOCUMENT, f"{number:064}", "Bread's note", NOW)


def run(**changes):
    started = RunRecord("bread", 1, f"{1:064}", "live", 0, None, None, "", NOW, None)
    return replace(started, **changes)


async def test_a_journey_comes_back_as_it_was_saved(store):
    made = await store.add_journey("bread", "Bread", DOCUMENT)
    assert made.revision == 1
    assert await store.journey("bread") == made
    saved = await store.save_journey("bread", "Bread 2", {"name": "Bread 2"}, revision=1)
    assert (saved.revision, saved.document, saved.created_at) == (2, {"name": "Bread 2"}, made.created_at)
    assert saved.updated_at > made.updated_at
    assert saved.updated_at.utcoffset() == timedelta()
    await store.remove_journey("bread")
    with pytest.raises(NotFound, match="no journey 'bread'"):
        await store.journey("bread")
    with pytest.raises(NotFound):
        await store.remove_journey("bread")
    with pytest.raises(NotFound):
        await store.save_journey("bread", "Bread", DOCUMENT, revision=1)


async def test_an_id_is_given_once(store):
    await store.add_journey("bread", "Bread", DOCUMENT)
    with pytest.raises(Conflict, match="taken"):
        await store.add_journey("bread", "Other", DOCUMENT)
    await store.remove_journey("bread")
    await store.add_journey("bread", "Bread", DOCUMENT)
    await store.add_version(version(1), {})
    await store.remove_journey("bread")
    with pytest.raises(Conflict, match="another id"):
        await store.add_journey("bread", "Bread", DOCUMENT)


async def test_of_many_who_save_one_revision_exactly_one_succeeds(store):
    await store.add_journey("bread", "Bread", {})
    saves = [store.save_journey("bread", f"Bread {n}", {"n": n}, revision=1) for n in range(8)]
    results = await asyncio.gather(*saves, return_exceptions=True)
    won = [each for each in results if not isinstance(each, Exception)]
    lost = [each for each in results if isinstance(each, Stale)]
    assert (len(won), len(lost)) == (1, 7)
    assert all(each.current["document"] == won[0].document for each in lost)
    assert (await store.journey("bread")).revision == 2


async def test_versions_are_kept_for_ever_and_plans_found_by_hash(store):
    with pytest.raises(NotFound, match="never been published"):
        await store.version("bread")
    assert await store.last_version("bread") == 0
    for number in (1, 2, 3):
        await store.add_version(version(number), {"plan": number})
    with pytest.raises(Conflict, match="a moment ago"):
        await store.add_version(replace(version(2), note="late"), {"plan": "late"})
    assert await store.versions("bread") == [version(3), version(2), version(1)]
    assert await store.version("bread") == version(3)
    assert await store.version("bread", 2) == version(2)
    assert await store.plan(version(2).plan_hash) == {"plan": 2}
    for number in (9, 0):
        with pytest.raises(NotFound, match=f"no version {number}"):
            await store.version("bread", number)
    with pytest.raises(NotFound, match="no such plan"):
        await store.plan("f" * 64)


async def test_runs_are_replaced_and_changed_in_place(store):
    assert await store.run("bread") is None
    with pytest.raises(NotFound, match="never started"):
        await store.record_run("bread", status="paused")
    await store.put_run(run())
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    await store.record_run("bread", status="paused", wave=3, as_of=elsewhere, trouble="the lakehouse is away")
    assert await store.run("bread") == run(status="paused", wave=3, as_of=NOW, trouble="the lakehouse is away")
    await store.put_run(run(version=2, wave=3))
    assert await store.runs() == [run(version=2, wave=3)]


async def test_of_many_who_claim_a_run_one_succeeds(store):
    async def claimed(before):
        starts = [store.claim_run(run(started_at=NOW + timedelta(seconds=n), wave=n), before) for n in range(1, 6)]
        results = await asyncio.gather(*starts, return_exceptions=True)
        assert sorted(isinstance(each, Conflict) for each in results) == [False, True, True, True, True]
        found = await store.run("bread")
        assert results[found.wave - 1] is None
        return found

    await claimed(None)
    await store.put_run(run())
    await claimed(run())
    await store.remove_run("bread")
    await store.remove_run("bread")
    assert await store.run("bread") is None


async def test_the_list_knows_version_and_status_without_documents(store):
    await store.add_journey("bread", "Bread", DOCUMENT)
    await store.add_journey("soda", "Soda", DOCUMENT)
    await store.add_version(version(1), {})
    await store.add_version(replace(version(2), published_at=NOW + timedelta(hours=1)), {})
    await store.put_run(run())
    listed = await store.journeys()
    assert [(each.id, each.version, each.published_at, each.run_status) for each in listed] == [
        ("soda", None, None, None),
        ("bread", 2, NOW + timedelta(hours=1), "live"),
    ]


async def test_audiences(store):
    rule = {"kind": "all", "of": []}
    await store.add_audience("fans", "Fans", rule)
    with pytest.raises(Conflict):
        await store.add_audience("fans", "Others", rule)
    saved = await store.save_audience("fans", "Bread fans", rule, revision=1)
    assert await store.audience("fans") == saved
    with pytest.raises(Stale) as stale:
        await store.save_audience("fans", "Soda fans", rule, revision=1)
    assert stale.value.current["name"] == "Bread fans"
    await store.add_audience("all", "Everybody", rule)
    assert [each.id for each in await store.audiences()] == ["fans", "all"]
    await store.remove_audience("fans")
    with pytest.raises(NotFound, match="no audience 'fans'"):
        await store.audience("fans")


async def test_text_that_cannot_be_kept_is_the_sender_s_to_mend(store):
    for name, document in (("a\0b", {}), ("ab", {"text": "a\0b"})):
        with contextlib.suppress(UserError):  # PostgreSQL refuses it, SQLite keeps it
            made = await store.add_journey(f"j{len(name)}", name, document)
            assert (made.name, made.document) == (name, document)


async def test_an_instant_without_a_zone_is_refused(store):
    with pytest.raises((StatementError, ValueError), match="time zone"):
        await store.put_run(run(started_at=datetime(2026, 1, 1)))
