"""connections.yaml: what is in it, and mistakes told without a secret."""

import os

import pytest

from orchestrator.channels.channel import Channel
from orchestrator.connections.declared import read_declared
from orchestrator.errors import Invalid, UserError
from orchestrator.plugins import discover

CHANNELS = discover(Channel, ["workers.channels"], "sojourn.channels")
SECRET = "zz-canary-hunter2"


def load(tmp_path, text):
    file = tmp_path / "connections.yaml"
    file.write_text(text)
    return read_declared(file, CHANNELS)


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
    shown, usable = found["mail"]
    assert usable.channel is CHANNELS["email.smtp"]
    assert usable.settings.password.get_secret_value() == SECRET
    assert found["ads"][1].settings.access_token.get_secret_value() == SECRET
    assert (shown.source, shown.secrets) == ("file", {"password": "env:MAIL_PASSWORD"})
    assert shown.settings == {"host": "h", "sender": "a@b.test"}
    assert SECRET not in repr(found)


def test_no_file_no_connections(tmp_path):
    assert read_declared(tmp_path / "none.yaml", CHANNELS) == {}
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
        read_declared(tmp_path / "connections.yaml", CHANNELS)
