"""What a journey may be made of, and connections whose secrets stay where they are."""

import os

import pytest

from orchestrator.catalog import load_connections, read_rules
from orchestrator.channels.channel import Channel
from orchestrator.errors import Invalid, UserError
from orchestrator.plugins import discover

CHANNELS = discover(Channel, ["workers.channels"], "sojourn.channels")
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


def load(tmp_path, text):
    file = tmp_path / "connections.yaml"
    file.write_text(text)
    return load_connections(file, CHANNELS)


def test_references_are_resolved_when_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    found = load(
        tmp_path,
        """
        mail: {channel: email.smtp, settings: {host: h, sender: a@b.test, password: "env:MAIL_PASSWORD"}}
        ads: {channel: audience.meta, settings: {access_token: "file:token", ad_account_id: "1"}}
        """,
    )
    assert found["mail"][0] is CHANNELS["email.smtp"]
    assert found["mail"][1].password.get_secret_value() == SECRET
    assert found["ads"][1].access_token.get_secret_value() == SECRET
    assert SECRET not in repr(found)


def test_no_file_no_connections(tmp_path):
    assert load_connections(tmp_path / "none.yaml", CHANNELS) == {}
    assert load(tmp_path, "") == {}


def test_all_problems_at_once_each_with_connection_and_field(tmp_path, monkeypatch):
    monkeypatch.setenv("BAD", SECRET)
    with pytest.raises(Invalid) as wrong:
        load(
            tmp_path,
            """
            a: {channel: email.smpt, settings: {}}
            b: {channel: email.smtp, settings: {sender: "env:BAD", port: "env:BAD", zz: 1}}
            c: {channel: email.smtp, settings: {host: h, sender: a@b.test, password: "env:NOT_SET_ANYWHERE"}}
            d: {channel: email.smtp, settings: {host: h, sender: a@b.test, password: "file:nowhere"}}
            e: [1, 2]
            f: {channel: email.smtp, setings: {}}
            """,
        )
    text = str(wrong.value) + str(wrong.value.problems)
    assert "connections.yaml" in text
    for part in (
        "a: there is no channel",
        "did you mean 'email.smtp'?",
        "b: settings.host is missing",
        "b: settings.port",
        "b: settings.sender",
        "b: settings.zz",
        "c: settings.password: the variable NOT_SET_ANYWHERE is not set",
        "d: settings.password: the file nowhere cannot be read",
        "e: a connection has a channel and settings",
        "f: a connection has a channel and settings",
    ):
        assert part in text, part
    assert SECRET not in text
    assert wrong.value.__cause__ is None or SECRET not in repr(wrong.value.__cause__)


@pytest.mark.parametrize("text", ["a: {", f"a: 'b\nc: {SECRET}", "- 1", "just text", "a: !!python/object:os.system {}"])
def test_what_is_not_a_list_of_connections_is_named_without_its_text(tmp_path, text):
    with pytest.raises(UserError) as broken:
        load(tmp_path, text)
    assert "connections.yaml" in str(broken.value)
    assert SECRET not in str(broken.value)


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_a_file_without_rights_is_told(tmp_path):
    (tmp_path / "connections.yaml").touch(0o000)
    with pytest.raises(UserError, match="rights"):
        load_connections(tmp_path / "connections.yaml", CHANNELS)


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
