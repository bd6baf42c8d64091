"""Scenario files: a journey, rows and clock ticks in; who is where, who left and why out. One harness runs all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import Outcome, Result
from orchestrator.execution.inbox import Posted
from orchestrator.execution.message_events import record
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.store.event_inbox import EventRecord
from tests.world import SCHEMA, Driver, build

FILES = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
START = datetime(2026, 3, 2, 9)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_goes_as_written(file: Path) -> None:
    engine = DuckDB(memory="1GB")
    await play(file, engine)
    await engine.close()


async def play(file: Path, engine: Engine) -> Driver:
    """Runs a scenario on an engine whose tables are empty, and compares after every tick."""
    scenario: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    world = await build(engine, contact_policy=scenario.get("contact_policy", {}))
    for table, rows in scenario.get("rows", {}).items():
        await world.insert(table, [_dated(row, START) for row in rows])
    rules = TypeAdapter(dict[str, Rule]).validate_python(scenario.get("audiences", {}))
    world.audiences.update(rules)
    driver = Driver(world, world.plan(Journey.model_validate({"name": file.stem, **scenario["journey"]})))
    for address, answer in scenario.get("answers", {}).items():
        driver.channel.answers[address] = answer and Result(Outcome(answer["outcome"]), reason=answer.get("reason"))
    for number, tick in enumerate(scenario["ticks"]):
        now = START + TypeAdapter(timedelta).validate_python(tick["after"])
        for table, rows in tick.get("rows", {}).items():
            await world.insert(table, [_dated(row, now) for row in rows])
        for statement in tick.get("sql", []):
            await world.run(statement)
        for post in tick.get("posts", []):
            members = [Posted(*each) if isinstance(each, list) else Posted(each, None) for each in post["members"]]
            await driver.post(post["entry"], post["request"], members, now)
        for event in tick.get("events", []):
            await _happened(driver, now, **event)
        await driver.tick(now)
        found: dict[str, Any] = {
            "here": await driver.here(),
            "ended": await driver.ended(),
            "outcomes": await driver.outcomes(),
            "refused": await driver.refused(),
        }
        wanted = {part: tick.get(part, {}) for part in found}
        found["converted"], wanted["converted"] = await driver.converted(), tick.get("converted", [])
        assert found == wanted, f"tick {number}, after {tick['after']}"
        broken = [each for each in await verify(world.engine, SCHEMA, Promised([driver.plan])) if each.violations]
        assert broken == [], f"tick {number}, after {tick['after']}"
    assert {line for _, line in driver.channel.sent} == set(scenario.get("lines", []))
    return driver


async def _happened(driver: Driver, now: datetime, kind: str, step: str, member: int) -> None:
    """Something happens to the message that a member got."""
    world = driver.world
    [(key,)] = await world.run(
        f"SELECT MAX(delivery_key) FROM {SCHEMA}.intents WHERE node_id = $step AND member_id = $member",
        step=step,
        member=member,
    )
    at = now.replace(tzinfo=UTC)
    event = EventRecord(f"{kind}/{key}", kind, driver.plan.journey_id, step, key, at)
    await record(world.engine, SCHEMA, [event], at)


def _dated(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """`purchased_at: -P3D` counts from the tick's instant."""
    length = TypeAdapter(timedelta)
    return {
        name: now + length.validate_python(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in row.items()
    }
