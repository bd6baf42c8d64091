"""The engine that the documentation writes runs, and is as short as it says."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.execution.test_scenarios import FILES, play

DOCUMENT = Path(__file__).parents[2] / "docs" / "engines.md"


@pytest.fixture
def example() -> ModuleType:
    [code] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("example")
    exec(compile(code, "docs/engines.md", "exec"), vars(module))
    module.lines = [line for line in code.splitlines() if line.strip()]  # type: ignore[attr-defined]
    return module


async def test_the_engine_of_the_documentation_plays_a_scenario(example: ModuleType) -> None:
    engine = example.MotherDuck.open({"database": ":memory:"})
    [file] = [each for each in FILES if each.stem == "bread_and_soda"]
    await play(file, engine)
    await engine.close()
    assert len(example.lines) <= 60
