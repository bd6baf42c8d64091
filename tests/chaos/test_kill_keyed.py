"""kill -9 of the worker while it sends batches under keys: nobody is lost, nobody twice, and nothing stays in doubt."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.rig import ALL, Audit, publish, rig

RESEND = {"channel": "email.resend", "connection": "resend"}
SOME = ("deliver:sent#2",)  # Resend has the batch, and nobody here knows
SENDS = [f"deliver:{side}#{count}" for side in ("claimed", "sent") for count in (1, 2, 3, 4)]
EVERY = (*(f"{task}{each}" for task in ("", "lost ", "stop ") for each in SENDS), "deliver:recorded", "deliver:written")
POINTS = EVERY if ALL else SOME


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Audit | BaseException]:
    """All runs, a few at a time: most of each is waiting for Temporal to notice."""
    like, at_once = tmp_path_factory.mktemp("published"), asyncio.Semaphore(4)
    plan = await publish(like, timedelta(milliseconds=100), RESEND)

    async def killed_at(point: str, home: Path) -> Audit:
        task, _, where = point.rpartition(" ")
        async with at_once, rig(home, like, plan) as made:
            made.start_worker(f"stop {where}" if task == "stop" else where)
            run = await made.start_journey()
            if task == "stop":
                await made.worker_halted()
            assert task == "stop" or await made.worker_died() == -signal.SIGKILL
            run = await made.lose_temporal() if task == "lost" else run
            if task != "stop":
                made.start_worker()
            async with asyncio.timeout(90):
                assert (await run.result()).status == "finished"
            return await made.audit()

    homes = [tmp_path_factory.mktemp("home") for _ in POINTS]
    done = await asyncio.gather(*map(killed_at, POINTS, homes), return_exceptions=True)
    return dict(zip(POINTS, done, strict=True))


@pytest.mark.timeout(1800 if ALL else 180)
@pytest.mark.parametrize("point", POINTS)
async def test_nothing_is_lost_doubled_or_in_doubt(audits: dict[str, Audit | BaseException], point: str) -> None:
    audit = audits[point]
    if isinstance(audit, BaseException):
        raise audit
    assert audit.broken == []
    assert set(audit.received.values()) == {1}, "a message arrived twice"
    assert audit.keys("accepted", "offer", "reminder") == audit.received.keys() != set()
    assert not audit.keys("unknown", "offer", "reminder")
    assert not audit.keys("rejected", "offer", "reminder")
