"""A whole Sojourn with the grocer's journey running in it: some have their offer, all wait, so every count is real."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import yaml

from orchestrator.settings import Settings
from sojourn.demo import JOURNEY, JOURNEY_ID
from sojourn.dev import UI_DIST, stack

CHROMIUM = Path(os.environ.get("SOJOURN_TEST_CHROMIUM", "/usr/bin/chromium"))
CUSTOMERS = 3000


@dataclass(frozen=True)
class Running:
    """Where the pages are, the journey that is live in them, and the inbox its e-mails arrive in."""

    url: str
    journey_id: str
    inbox_url: str


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Never skips: pages that nobody looked at must not pass."""
    if not (UI_DIST / "index.html").is_file():
        pytest.fail(f"the pages are not built ({UI_DIST} is missing): run `make ui`", pytrace=False)
    if not CHROMIUM.is_file():
        text = f"there is no browser at {CHROMIUM}: run `make test`, which installs it, or set SOJOURN_TEST_CHROMIUM"
        pytest.fail(text, pytrace=False)


@pytest.fixture(scope="package", name="stack")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """Up for as long as the tests of this folder run."""
    settings = Settings(home=tmp_path_factory.mktemp("e2e"), port=0, duckdb_memory="1GB")
    async with stack(settings, customers=CUSTOMERS) as up:
        async with httpx2.AsyncClient(base_url=f"{up.url}/api/v1", timeout=60) as api:
            await _start(api)
            await _until_people_wait(api)
        yield Running(up.url, JOURNEY_ID, up.inbox_url)


async def _start(api: httpx2.AsyncClient) -> None:
    document = yaml.safe_load(JOURNEY.read_text(encoding="utf-8"))
    path = f"/journeys/{JOURNEY_ID}"
    for where, body in (
        ("/journeys", {"id": JOURNEY_ID, "document": document}),
        (f"{path}/publish", {}),
        (f"{path}/start", {}),
    ):
        answer = await api.post(where, json=body)
        assert answer.is_success, answer.text


async def _until_people_wait(api: httpx2.AsyncClient) -> None:
    """Until the first delivery is through and everybody is in the first wait."""
    async with asyncio.timeout(60):
        while True:
            report = (await api.get(f"/journeys/{JOURNEY_ID}/report")).json()
            waiting = report["nodes"]["two_days"]["here"]
            if waiting and waiting == report["entered"]:
                return
            await asyncio.sleep(0.1)
