"""The source model: what is wrong in it is told with its place, what the lakehouse lacks with the nearest name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.errors import Invalid, UserError
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.model import Lakehouse, Sources, bind_sources, load_sources, suggest
from sojourn.sample import SOURCES
from tests.world import COLUMNS, World, build
from tests.world import SOURCES as WORLD


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    made = await build()
    yield made
    await made.engine.close()


def changed(**changes: Any) -> dict[str, Any]:
    """The world's source model; `customers={"key": "x"}` changes a part, None removes it."""
    raw = WORLD.model_dump(mode="json", exclude_none=True)
    for part, fields in changes.items():
        inner = raw
        *path, last = part.split("__")
        for name in path:
            inner = inner[name]
        if fields is None:
            del inner[last]
        else:
            inner[last] = {**inner[last], **fields} if isinstance(fields, dict) and last in inner else fields
    return raw


def written(folder: Path, content: object) -> Path:
    file = folder / "sources.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return file


def test_the_sample_source_model_can_be_read(tmp_path: Path) -> None:
    assert load_sources(SOURCES).customers.key == "customer_id"
    assert load_sources(written(tmp_path, changed())) == WORLD


WRONG: dict[str, tuple[object, str, str]] = {
    "not YAML": ("customers:\n  table: a: b\n", "line 2, column 11", "mend that line"),
    "a tab": ("customers:\n\ttable: a\n", "line 2, column 1", "mend that line"),
    "a list": ("- customers\n", "no source model", "write `customers:` with its table and key"),
    "nothing": ("", "no source model", "write `customers:` with its table and key"),
    "no customers": (changed(customers=None), "customers: Field required", "mend that field"),
    "no key": (changed(customers__key=None), "customers.key: Field required", "mend that field"),
    "an unknown field": (changed(customers={"kee": "x"}), "customers.kee: Extra inputs", "mend that field"),
    "a wrong cardinality": (
        changed(related__purchases={"cardinality": "lots"}),
        "related.purchases.cardinality: Input should be 'one' or 'many'",
        "mend that field",
    ),
    "a time zone on no map": (
        changed(time_zone="Europe/Berlim"),
        "time_zone: there is no time zone 'Europe/Berlim'; did you mean 'Europe/Berlin'?",
        "mend that field",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_source_model_that_is_wrong_is_told_with_its_place(tmp_path: Path, what: str) -> None:
    content, text, fix = WRONG[what]
    file = written(tmp_path, content)
    with pytest.raises(UserError) as wrong:
        load_sources(file)
    assert wrong.value.place.startswith(str(file))
    assert text in str(wrong.value)
    assert not wrong.value.text.startswith(":"), "a place without a name"
    assert wrong.value.fix == fix


def test_a_source_model_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no source model") as missing:
        load_sources(tmp_path / "sources.yaml")
    assert missing.value.place == str(tmp_path / "sources.yaml")
    (tmp_path / "image.yaml").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(UserError, match=r"image\.yaml"):
        load_sources(tmp_path / "image.yaml")
    with pytest.raises(UserError, match=str(tmp_path)):
        load_sources(tmp_path)


UNBOUND: dict[str, tuple[dict[str, Any], str, str]] = {
    "table": (
        changed(customers={"table": "shop.custumers"}),
        "customers: there is no table 'shop.custumers'",
        "did you mean 'shop.customers'?",
    ),
    "key": (
        changed(customers={"key": "custmer_id"}),
        "customers: shop.customers has no column 'custmer_id'",
        "did you mean 'customer_id'?",
    ),
    "contact": (
        changed(customers={"contacts": {"email": "e_mail"}}),
        "customers: shop.customers has no column 'e_mail'",
        "did you mean 'email'?",
    ),
    "hidden": (
        changed(customers={"hidden": ["firstname"]}),
        "customers: shop.customers has no column 'firstname'",
        "did you mean 'first_name'?",
    ),
    "related": (
        changed(related__purchases={"happened_at": "purchased"}),
        "related.purchases: shop.purchases has no column 'purchased'",
        "did you mean 'purchased_at'?",
    ),
    "no instant": (
        changed(related__purchases__happened_at=None),
        "related.purchases has many rows but no happened_at",
        "name the column",
    ),
    "consent": (
        changed(consent={"granted": "given"}),
        "consent: shop.consents has no column 'given'",
        "",
    ),
}


@pytest.mark.parametrize("what", UNBOUND)
async def test_a_name_the_lakehouse_does_not_have_is_told_with_the_nearest(world: World, what: str) -> None:
    raw, text, fix = UNBOUND[what]
    with pytest.raises(Invalid) as unknown:
        bind_sources(Sources.model_validate(raw), await world.engine.tables())
    [problem] = unknown.value.problems
    assert problem["text"] == text
    assert fix in problem["fix"]
    assert unknown.value.place == "sources.yaml"


async def test_every_unknown_name_is_told_at_once_and_each_once(world: World) -> None:
    raw = changed(customers={"table": "shop.custumers"}, consent={"table": "shop.consent", "key": "member"})
    with pytest.raises(Invalid) as unknown:
        bind_sources(Sources.model_validate(raw), await world.engine.tables())
    assert [problem["text"] for problem in unknown.value.problems] == [
        "customers: there is no table 'shop.custumers'",
        "consent: there is no table 'shop.consent'",
    ]


def test_attributes_are_columns_with_one_value_for_each_member(world: World) -> None:
    attributes = world.lakehouse.attributes()
    assert attributes.keys() == {
        *(column.split()[0] for column in COLUMNS["customers"].split(", ")),
        "propensities.customer_id",
        "propensities.bread",
        "propensities.soda",
    }
    assert attributes["propensities.bread"].kind == "number"
    assert world.lakehouse.attribute("country").relation is None
    assert world.lakehouse.personal_columns("shop.customers") == {"email", "phone", "first_name"}


def test_a_name_that_is_not_known_is_refused_with_the_nearest(world: World) -> None:
    lakehouse = world.lakehouse
    with pytest.raises(Invalid, match=r"there is no column 'propensities\.bred'") as column:
        lakehouse.attribute("propensities.bred")
    assert column.value.fix == "did you mean 'propensities.bread'?"
    with pytest.raises(Invalid, match="there is no score for 'sodda'") as score:
        lakehouse.score("sodda")
    assert score.value.fix == "did you mean 'soda'?"
    with pytest.raises(Invalid, match="there is no score for 'customer_id'"):
        lakehouse.score("customer_id")
    with pytest.raises(Invalid, match="there is no related table 'purchase'") as related:
        lakehouse.related("purchase")
    assert related.value.fix == "did you mean 'purchases'?"


def test_a_suggestion_is_the_nearest_name_or_a_list_that_is_not_too_long() -> None:
    assert suggest("emial", ["phone", "email"]) == "did you mean 'email'?"
    assert suggest("xyz", ["b", "a"]) == "use one of: a, b"
    assert suggest("xyz", []) == "declare one in sources.yaml"
    assert suggest("xyz", [f"n{number:03}" for number in range(500)]).count("n0") == 20


@pytest.mark.parametrize("kind", ["DATE", "BOOLEAN", "TIMESTAMP", "BLOB"])
async def test_members_need_a_key_that_is_a_number_or_a_text(kind: str) -> None:
    lakehouse, engine = await _keyed(kind)
    with pytest.raises(Invalid, match="a member needs a number or a text") as wrong:
        await ensure_ledger(engine, lakehouse, "ledger")
    assert wrong.value.place == "sources.yaml"
    assert "customers.key" in wrong.value.fix
    await engine.close()


@pytest.mark.parametrize(("kind", "kept"), [("VARCHAR", "text"), ("UUID", "text"), ("INTEGER", "number")])
async def test_the_ledger_keys_members_as_the_customer_table_does(kind: str, kept: str) -> None:
    lakehouse, engine = await _keyed(kind)
    await ensure_ledger(engine, lakehouse, "ledger")
    await ensure_ledger(engine, lakehouse, "ledger")
    assert (await engine.tables())["ledger.visits"]["member_id"] == kept
    await engine.close()


async def _keyed(kind: str) -> tuple[Lakehouse, DuckDB]:
    engine = DuckDB(memory="500MB")
    await engine.write([Statement(sql="CREATE SCHEMA s"), Statement(sql=f"CREATE TABLE s.c (id {kind})")])
    sources = Sources.model_validate({"customers": {"table": "s.c", "key": "id"}})
    return bind_sources(sources, await engine.tables()), engine
