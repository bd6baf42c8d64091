"""Every scenario on Databricks' engine, through its connector, against the local warehouse."""

from pathlib import Path

import pytest

from orchestrator.lakehouse.engines.databricks import Databricks
from tests.execution.test_scenarios import FILES, play

ALWAYS = ("bread_and_soda", "contact_policy")
"""Those that every run of the tests plays; the others take a minute."""


@pytest.mark.parametrize(
    "file",
    [pytest.param(each, id=each.stem, marks=() if each.stem in ALWAYS else pytest.mark.conformance) for each in FILES],
)
async def test_a_scenario_goes_as_written(file: Path, databricks: Databricks) -> None:
    await play(file, databricks)


@pytest.mark.conformance
@pytest.mark.timeout(400)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_goes_as_written_on_delta(file: Path, delta: Databricks) -> None:
    """Spark's SQL, Delta's tables: nothing of it is translated."""
    await play(file, delta)
