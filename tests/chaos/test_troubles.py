"""What a worker stands on breaks and comes back in the middle of a delivery: the ledger of an undisturbed run."""

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.execution.plan import Plan
from sojourn.sandbox.faults import Drop, SmtpFaults
from tests.chaos.rig import ALL, Audit, Rig, publish, rig
from tests.postgres import Postgres

DAY = timedelta(milliseconds=100)
AT_ONCE = asyncio.Semaphore(3)
MANY = 100
"""Messages that have arrived when it breaks, of several hundred."""


async def temporal_is_killed(made: Rig) -> None:
    """Its file is all it has left."""
    server = made.temporal.process
    assert server is not None
    server.kill()
    server.wait()
    await asyncio.sleep(1)
    await made.temporal.start()


async def temporal_is_halted(made: Rig) -> None:
    """It does not answer, and nothing says that it is gone."""
    server = made.temporal.process
    assert server is not None
    server.send_signal(signal.SIGSTOP)
    await asyncio.sleep(5)
    server.send_signal(signal.SIGCONT)


async def the_disk_is_full(made: Rig) -> None:
    """No file of the worker can grow or be written to any more, until there is room again."""
    assert made.worker is not None
    _, hard = resource.prlimit(made.worker.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    await asyncio.sleep(3)
    resource.prlimit(made.worker.pid, resource.RLIMIT_FSIZE, (hard, hard))


async def the_app_database_is_killed(made: Rig) -> None:
    """A PostgreSQL, which recovers from its log."""
    assert made.postgres is not None
    await asyncio.to_thread(made.postgres.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(made.postgres.start)


async def the_mail_server_hangs_up(made: Rig) -> None:
    """On every connection, in the middle of a message, and takes none for a while."""
    await made.sandbox.err(smtp=SmtpFaults(connect="close", drop=Drop(times=5)))
    await asyncio.sleep(3)
    await made.sandbox.err()


async def the_mail_server_is_slow(made: Rig) -> None:
    """Each message takes its time."""
    await made.sandbox.err(smtp=SmtpFaults(latency_ms=400))
    await asyncio.sleep(4)
    await made.sandbox.err()


TROUBLES: dict[str, Callable[[Rig], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        temporal_is_killed,
        the_disk_is_full,
        the_app_database_is_killed,
        temporal_is_halted,
        the_mail_server_hangs_up,
        the_mail_server_is_slow,
    )
}
IN_DOUBT = {"the_disk_is_full": 20, "the_app_database_is_killed": 20, "the_mail_server_hangs_up": 5}
"""Messages that were sent while their results could not be recorded, one a connection, and that were never answered."""
SOME = list(TROUBLES) if ALL else list(TROUBLES)[:3]


async def _troubled(trouble: str, home: Path, like: Path, plan: Plan) -> Audit:
    """Runs the journey to its end; the trouble comes when some messages have arrived."""
    async with AT_ONCE, AsyncExitStack() as rest:
        postgres = rest.enter_context(Postgres()) if trouble == "the_app_database_is_killed" else None
        url = f"{postgres.url}/postgres" if postgres else ""
        made = await rest.enter_async_context(rig(home, like, plan, url))
        made.postgres = postgres
        await made.sandbox.err(smtp=SmtpFaults(latency_ms=50))
        made.start_worker()
        run = await made.start_journey()
        if trouble:
            async with asyncio.timeout(60):
                while (await made.sandbox.facts())["messages"] < MANY:
                    await asyncio.sleep(0.05)
            await TROUBLES[trouble](made)
        async with asyncio.timeout(90):
            ended = await run.result()
        assert ended.status == "finished"
        return await made.audit()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Audit]:
    """All at once, a few at a time."""
    like = tmp_path_factory.mktemp("published")
    plan = await publish(like, DAY)
    troubles = ["", *SOME]
    homes = [tmp_path_factory.mktemp("home") for _ in troubles]
    runs = [_troubled(each, home, like, plan) for each, home in zip(troubles, homes, strict=True)]
    return dict(zip(troubles, await asyncio.gather(*runs), strict=True))


@pytest.mark.timeout(600 if ALL else 240)
@pytest.mark.parametrize("trouble", SOME)
async def test_it_goes_on_as_if_nothing_had_happened(audits: dict[str, Audit], trouble: str) -> None:
    audits[trouble].compare(audits[""], IN_DOUBT.get(trouble, 0))
