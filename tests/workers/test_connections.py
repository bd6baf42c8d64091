"""A worker and the connections it sends through: a change is in force at once, and one that is gone loses nobody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.client import Client

from orchestrator.channels.channel import Batch, ChannelModel, Outcome, Result
from orchestrator.errors import NotFound, UserError
from orchestrator.execution import protocol as p
from tests.workers.house import House, house
from tests.workers.test_journey_workflow import journey, people, until
from tests.world import Letter

SECRET = "zz-canary-hunter2"


class Office(Letter):
    """A letter that goes through an office; all of them remember together what was sent through which."""

    letters: ClassVar[list[tuple[str, str]]] = []
    closed: ClassVar[list[str]] = []

    class Connection(ChannelModel):
        """Which office, and the word that opens it."""

        office: str
        word: SecretStr

    async def close(self) -> None:
        self.closed.append(self.connection.office)

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        assert self.connection.word.get_secret_value() == SECRET
        for recipient in batch.recipients:
            self.letters.append((self.connection.office, recipient.values["email"]))
            yield recipient.key, Result(Outcome.ACCEPTED)


@pytest_asyncio.fixture(loop_scope="session")
async def home(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose letters go through an office that is set up on a page."""
    async with house(client, tmp_path) as made:
        del made.connections.declared["post"]
        monkeypatch.setitem(made.connections.channels, "letter", Office)  # type: ignore[arg-type]
        made.activities.channels._opened.clear()
        Office.letters, Office.closed = [], []
        await made.connections.add("post", "letter", {"office": "north", "word": SECRET})
        await people(made, 3)
        yield made


async def sent(home: House) -> tuple[str, set[str]]:
    """Runs a journey to its end; through which office everybody got a letter."""
    Office.letters.clear()
    plan, handle = await home.start(journey(wait="PT0.1S", letter=True))
    assert (await handle.result()).status == "finished"
    assert await home.broken(plan) == []
    [office] = {office for office, _ in Office.letters}
    return office, {address for _, address in Office.letters}


async def test_a_changed_connection_is_used_without_a_restart(home: House) -> None:
    everybody = {f"p{i}@shop.test" for i in (1, 2, 3)}
    assert await sent(home) == ("north", everybody)
    await home.connections.save("post", {"office": "south"}, 1)
    assert await sent(home) == ("south", everybody)
    assert Office.closed == ["north"]


async def test_a_connection_that_vanished_is_told_and_loses_nobody(home: House) -> None:
    await home.connections.remove("post")
    plan, handle = await home.start(journey(wait="PT0.1S", letter=True))

    async def told() -> bool:
        run = await home.store.run(plan.journey_id)
        return run is not None and "connection post: it is gone – make one of that name again" in run.trouble

    await until(told)
    await home.connections.add("post", "letter", {"office": "new", "word": SECRET})
    assert (await handle.result()).status == "finished"
    assert await home.view(plan).outcomes() == {"letter: accepted": [1, 2, 3]}
    run = await home.store.run(plan.journey_id)
    assert run is not None
    assert run.trouble == ""


async def test_a_journey_whose_connection_vanished_can_be_stopped(home: House) -> None:
    await home.connections.remove("post")
    plan, handle = await home.start(journey(wait="PT0.1S", letter=True))

    async def told() -> bool:
        run = await home.store.run(plan.journey_id)
        return run is not None and "it is gone" in run.trouble

    await until(told)
    assert (await home.update(handle, p.STOP)).status == "stopped"
    assert await home.view(plan).outcomes() == {"letter: suppressed/visit_ended": [1, 2, 3]}
    assert await home.broken(plan) == []


async def test_what_is_on_its_way_finishes_through_the_old_connection(home: House) -> None:
    channels = home.activities.channels
    async with channels.use("post", "letter") as old, channels.use("post", "letter") as same:
        assert same is old, "lanes share it"
        await home.connections.save("post", {"office": "north"}, 1)
        async with channels.use("post", "letter") as unchanged:
            assert unchanged is old, "another revision with the same settings is the same connection"
        await home.connections.save("post", {"office": "south"}, 2)
        async with channels.use("post", "letter") as new:
            assert new.connection.office == "south"
        assert Office.closed == []
    assert Office.closed == ["north"]
    await home.connections.remove("post")
    with pytest.raises(NotFound, match="it is gone"):
        async with channels.use("post", "letter"):
            pass
    assert Office.closed == ["north", "south"]


async def test_a_name_that_is_now_of_another_channel_is_not_sent_through(home: House) -> None:
    with pytest.raises(UserError, match="it is for letter now, and the step sends by email"):
        async with home.activities.channels.use("post", "email.smtp"):
            pass
