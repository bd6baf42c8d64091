"""Reports as they change: one at once, one poller for all who watch, and an end."""

import asyncio
import json
from contextlib import aclosing

import pytest

from api.live import Feeds
from orchestrator.errors import LakehouseAway, NotFound
from orchestrator.execution.report import Report
from tests.api.conftest import SPLIT, WAITING, publish, until

V1 = "/api/v1"


async def events(client, journey_id):
    """(event, data) of a stream, one by one."""
    async with client.stream("GET", f"{V1}/journeys/{journey_id}/events") as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


async def test_a_run_is_watched_to_its_end(served, worker, unique):
    await publish(served, unique, SPLIT)
    await served.post(f"{V1}/journeys/{unique}/start")
    seen = [each async for each in events(served, unique)]
    assert seen[0][0] == "report"
    assert seen[-1][0] == "done"
    assert seen[-1][1]["entered"] == 2_000
    assert seen[-1][1]["status"] == "finished"
    assert seen[-1][1] == (await served.get(f"{V1}/journeys/{unique}/report")).json()


async def test_a_stopped_run_ends_the_stream_and_a_closed_one_leaves_no_poller(served, worker, parts, unique):
    await publish(served, unique, WAITING)
    await served.post(f"{V1}/journeys/{unique}/start")
    await until(served, unique, "live")
    async with aclosing(events(served, unique)) as stream:
        assert (await anext(stream))[0] == "report"
    for _ in range(100):
        if not parts.feeds._feeds:
            break
        await asyncio.sleep(0.05)
    assert not parts.feeds._feeds
    watching = asyncio.create_task(_all(events(served, unique)))
    await served.post(f"{V1}/journeys/{unique}/stop")
    seen = await asyncio.wait_for(watching, 15)
    assert seen[-1][0] == "done"
    assert seen[-1][1]["status"] == "stopped"


async def test_a_server_that_stops_does_not_wait_for_its_watchers(served, parts, unique):
    await publish(served, unique, WAITING)
    async with aclosing(events(served, unique)) as stream:
        await anext(stream)
        await parts.feeds.close()
        assert [each async for each in stream] == []


async def _all(stream):
    return [each async for each in stream]


class Lakehouse:
    """Reports from a list; the last one stays. Counts how often it is asked."""

    def __init__(self, *reports):
        self.reports, self.asked = list(reports), 0

    async def __call__(self, journey_id):
        self.asked += 1
        report = self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
        if isinstance(report, Exception):
            raise report
        return report


def report(entered, status="live"):
    return Report(journey_id="j", version=1, status=status, entered=entered)


async def test_all_who_watch_share_one_poller():
    lakehouse = Lakehouse(report(0), report(0), report(1), report(1), report(2), report(2, "finished"))
    feeds = Feeds(lakehouse, every=0.02)
    first = await feeds.first("j")
    seen = await asyncio.gather(*(_all(feeds.follow("j", first)) for _ in range(50)))
    assert lakehouse.asked <= 8
    for each in seen:
        assert [(name, it.entered) for name, it in each] == [
            ("report", 0),
            ("report", 1),
            ("report", 2),
            ("report", 2),
            ("done", 2),
        ]


async def test_a_slow_lakehouse_is_asked_less_often():
    class Slow(Lakehouse):
        async def __call__(self, journey_id):
            found = await super().__call__(journey_id)
            await asyncio.sleep(0.05)
            return found

    lakehouse = Slow(report(0))
    feeds = Feeds(lakehouse, every=0.01)
    async with aclosing(feeds.follow("j", report(0))) as stream:
        await anext(stream)
        await asyncio.sleep(0.9)
    assert lakehouse.asked <= 3


async def test_a_lakehouse_that_is_away_for_a_while_ends_nothing(monkeypatch):
    monkeypatch.setattr("api.live._AWAY", 0.02)
    away = LakehouseAway("asleep")
    feeds = Feeds(Lakehouse(away, away, report(1), report(1, "stopped")), every=0.01)
    seen = await asyncio.wait_for(_all(feeds.follow("j", report(0))), 5)
    assert [name for name, _ in seen] == ["report", "report", "report", "done"]


@pytest.mark.parametrize("defect", [NotFound("deleted"), RuntimeError("zz-canary")])
async def test_what_cannot_heal_ends_the_stream_without_done(defect, caplog):
    feeds = Feeds(Lakehouse(defect), every=0.01)
    seen = await asyncio.wait_for(_all(feeds.follow("j", report(0))), 5)
    assert [name for name, _ in seen] == ["report"]
    assert not feeds._feeds
    assert "zz-canary" not in caplog.text
