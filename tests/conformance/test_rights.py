"""What is granted is what is needed, and what is needed is tried."""

from pathlib import Path

import pytest
import yaml

from sojourn.lakehouse_check import Checks
from sojourn.lakehouse_rights import script
from sojourn.warehouse.server import Warehouse
from tests.conformance.conftest import connected
from tests.world import SCHEMA, SOURCES, build

VOLUME = "main.ledger.staging"


@pytest.mark.parametrize("volume", ["", VOLUME])
async def test_everything_that_is_needed_is_tried(
    warehouse: Warehouse, databricks: object, tmp_path: Path, volume: str
) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump(SOURCES.model_dump(mode="json")))
    engine = connected(warehouse, volume=volume)
    await build(engine)
    before = len(warehouse.history.statements())
    checks = Checks(engine, file, SCHEMA, volume)
    found = {name: problem async for name, problem in checks.run()}
    assert set(found.values()) == {None}
    [many] = [name for name in found if name.startswith("many rows")]
    assert (VOLUME in many) == bool(volume)
    assert ("part by part" in many) == (not volume)
    ran = [each.statement.split()[0] for each in warehouse.history.statements()[before:]]
    assert ran.count("PUT") == ran.count("REMOVE") == bool(volume)
    await engine.close()


def test_the_script_grants_the_volume_that_is_named() -> None:
    lines = list(script(SOURCES, "main", "ledger", "engine", "bi", VOLUME))
    assert "CREATE VOLUME IF NOT EXISTS `main`.`ledger`.`staging`;" in lines
    assert "GRANT READ VOLUME, WRITE VOLUME ON VOLUME `main`.`ledger`.`staging` TO `engine`;" in lines
    assert not any("VOLUME" in line and "bi" in line for line in lines)
    assert any("SOJOURN_DATABRICKS_VOLUME" in line for line in script(SOURCES, "main", "ledger", "engine"))
