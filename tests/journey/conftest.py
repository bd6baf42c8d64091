"""What is known around the drawings."""

from collections.abc import AsyncIterator

import pytest

from orchestrator.journey.known import Known
from tests.world import World, build


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    made = await build()
    yield made
    await made.engine.close()


@pytest.fixture
def known(world: World) -> Known:
    return world.known
