"""What a journey may be made of."""

import pytest

from orchestrator.catalog import read_rules
from orchestrator.errors import Invalid

SECRET = "zz-canary-hunter2"


async def test_the_catalogue_has_everything_a_canvas_needs(http):
    found = (await http.get("/api/v1/catalogue")).json()
    nodes = {each["type"]: each for each in found["nodes"]}
    assert nodes["wait"]["schema"]["properties"]["duration"]["x-widget"] == "duration"
    assert {each["group"] for each in nodes.values()} == {"start", "action", "path", "end"}
    channels = {each["name"]: each for each in found["channels"]}
    assert channels["email.smtp"]["step_schema"]["properties"]["subject"]["x-widget"] == "liquid"
    assert channels["audience.meta"]["kind"] == "audience"
    assert {"name": "mail", "channel": "email.smtp"} in found["connections"]
    customers = found["sources"]["customers"]
    columns = {each["name"]: each for each in customers["columns"]}
    assert columns["email"] == {"name": "email", "type": "text", "contact": True}
    assert columns["country"]["contact"] is False
    assert "email" in found["sources"]["consents"]
    related = {each["name"]: each for each in found["sources"]["related"]}
    assert related["propensities"]["scores"] is True
    assert related["purchases"]["cardinality"] == "many"
    assert "hunter2" not in str(found)


def test_a_stored_rule_that_cannot_be_read_any_more_is_named():
    with pytest.raises(Invalid, match="audience old"):
        read_rules({"old": {"kind": "astrology", "sign": SECRET}})


async def test_a_broken_source_model_is_told(http, parts, tmp_path):
    parts.catalog.sources_file = tmp_path / "sources.yaml"
    for text, word in (
        ("customers: {", "not YAML"),
        ("customers: {table: grocery.custmers, key: id}", "did you mean"),
        ("nonsense: 1", "customers"),
    ):
        (tmp_path / "sources.yaml").write_text(text)
        parts.catalog._seen = None
        answer = await http.get("/api/v1/catalogue")
        assert 400 <= answer.status_code < 500, text
        error = answer.json()["error"]
        assert "sources.yaml" in error["place"], text
        assert word in error["text"] + error["fix"], text


async def test_the_tables_of_the_source_model_are_shown_and_a_broken_model_is_a_problem_there(http, parts, tmp_path):
    found = (await http.get("/api/v1/sources")).json()
    tables = {each["name"]: each for each in found["tables"]}
    assert list(tables) == ["customers", "propensities", "purchases", "web_events", "consent"]
    assert tables["customers"]["rows"] == 2_000
    assert tables["purchases"]["newest_at"].startswith("2026-11-")
    assert found["problems"] == []
    parts.catalog.sources_file = tmp_path / "none.yaml"
    broken = (await http.get("/api/v1/sources")).json()
    assert (broken["tables"], broken["problems"][0]["text"]) == ([], "there is no source model")
