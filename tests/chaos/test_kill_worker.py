"""kill -9 of the worker in the middle of waves and deliveries: nothing lost, nothing doubled, the same ledger.

With `lost` before the point Temporal loses all it knew at the same moment; with `stop` the worker is not killed but
halted for so long that it is taken for dead, and goes on beside its replacement. `messages n` is no point: it is killed
wherever it is when so many have arrived.
"""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.execution.plan import Plan
from tests.chaos.rig import ALL, Audit, publish, rig

LANES = 20
DAY = timedelta(milliseconds=100)
STEPS = ("audience", "offer", "two_days", "bought", "arms", "reminder", "ads", "five_days")
LOST, STOP, ARRIVED = "lost ", "stop ", "messages "


def _every() -> list[str]:
    """Every boundary of waves and deliveries, some of them many times over, with Temporal lost at a third of them."""
    waves = [f"advance:{step}:{side}" for step in STEPS for side in ("after", "before")]
    intents = [f"intend:{step}:after" for step in ("offer", "reminder", "ads")]
    counts = (60, 1, 200, 2, 10, 30, 100, 150, 180, 225)
    sends = [f"deliver:{side}#{count}" for count in counts for side in ("claimed", "sent")]
    written = [f"deliver:{side}#{count}" for count in (1, 2, 3) for side in ("recorded", "written")]
    lost = [*waves[::2], *intents, *sends[:6], *written[:2]]
    halted = [waves[0], intents[0], *sends[:8], written[0]]
    return [
        *(*waves, *intents, *sends, *written),
        *(LOST + point for point in lost),
        *(STOP + point for point in halted),
        *(f"{ARRIVED}{count}" for count in range(5, 280, 10)),
    ]


SOME = (
    "advance:bought:after",
    "intend:offer:after",
    "deliver:claimed#60",
    "deliver:sent#60",
    "deliver:written#1",
    "lost deliver:sent#60",
    "stop deliver:sent#60",
)
POINTS = _every() if ALL else SOME
AT_ONCE = asyncio.Semaphore(4)


async def _killed_at(point: str, home: Path, like: Path, plan: Plan) -> Audit:
    """Runs the journey to its end with a worker that dies at the point, and a second one that does not."""
    where = point.removeprefix(LOST)
    async with AT_ONCE, rig(home, like, plan) as made:
        made.start_worker("" if where.startswith(ARRIVED) else where)
        run = await made.start_journey()
        if where.startswith(ARRIVED):
            await made.kill_worker(int(where.removeprefix(ARRIVED)))
        if where.startswith(STOP):
            await made.worker_halted()
        elif where:
            assert await made.worker_died() == -signal.SIGKILL, (home / "worker.log").read_text()
            run = await made.lose_temporal() if point.startswith(LOST) else run
            made.start_worker(where)
        async with asyncio.timeout(90):
            ended = await run.result()
        assert ended.status == "finished"
        return await made.audit()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Audit]:
    """All runs at once, a few at a time: most of each is waiting for Temporal to notice."""
    like = tmp_path_factory.mktemp("published")
    plan = await publish(like, DAY)
    points = ["", *POINTS]
    homes = [tmp_path_factory.mktemp("home") for _ in points]
    runs = [_killed_at(each, home, like, plan) for each, home in zip(points, homes, strict=True)]
    done = await asyncio.gather(*runs)
    return dict(zip(points, done, strict=True))


@pytest.mark.timeout(3600 if ALL else 240)
@pytest.mark.parametrize("point", ["", *POINTS])
async def test_nothing_is_lost_and_nothing_doubled(audits: dict[str, Audit], point: str) -> None:
    audit, whole = audits[point], audits[""]
    audit.compare(whole, LANES if ALL or "deliver:" in point else 0)  # another delivery may be under way too
    # A request that was under way may be sent again, as a set may be.
    assert ALL or "deliver:" in point or audit.facts["audiences"] == whole.facts["audiences"]
