"""Settings over the API: what is in force and where it comes from, and nothing that is secret."""

from pathlib import Path

import httpx2
import pytest
from cryptography.fernet import Fernet

from api.deps import Parts
from orchestrator.keyring import KeyRing
from orchestrator.settings import Settings, effective
from tests.api.test_connections import made, mail

SECRET = "zz-canary-hunter2"


async def test_settings_tell_their_source_and_no_secret(
    http: httpx2.AsyncClient, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Fernet.generate_key().decode()
    (tmp_path / ".env").write_text(f"SOJOURN_SECRET_KEYS={key}\nSOJOURN_PORT=1234\n")
    monkeypatch.setenv("SOJOURN_PORT", "4321")
    monkeypatch.setenv("SOJOURN_DATABASE_URL", f"postgresql://me:{SECRET}@db/x?password={SECRET}")
    monkeypatch.chdir(tmp_path)
    parts.settings = effective(Settings())
    answer = await http.get("/api/v1/settings")
    found = {each["name"]: each for each in answer.json()["variables"]}
    shown = {name: (each["value"], each["source"]) for name, each in found.items()}
    assert shown["SOJOURN_PORT"] == ("4321", "environment")
    assert shown["SOJOURN_SECRET_KEYS"] == ("…", "file")
    assert shown["SOJOURN_DATABASE_URL"] == ("postgresql://…@db/x", "environment")
    assert shown["SOJOURN_SOURCES_FILE"] == (str(tmp_path / ".sojourn" / "sources.yaml"), "default")
    assert all(each["description"] for each in found.values())
    assert SECRET not in answer.text
    assert key not in answer.text


async def test_the_workspace_is_told(http: httpx2.AsyncClient, parts: Parts) -> None:
    found = (await http.get("/api/v1/settings")).json()
    assert found["versions"]["database"].startswith("SQLite 3.")
    assert found["versions"]["lakehouse"].startswith("duckdb 2.")
    assert found["temporal"] == {
        "address": found["temporal"]["address"],
        "namespace": "default",
        "task_queue": "test-api",
        "url": "http://127.0.0.1:8233",
    }
    assert found["temporal"]["address"].startswith("127.0.0.1:")
    assert (found["time_zone"], found["ledger_schema"]) == ("UTC", parts.ledger_schema)


async def test_the_state_of_the_keys_is_told(http: httpx2.AsyncClient, parts: Parts) -> None:
    async def keys() -> dict[str, object]:
        return dict((await http.get("/api/v1/settings")).json()["keys"])

    connections = parts.catalog.connections
    assert (await keys()).items() >= {"source": "none", "count": 0, "sealed": 0}.items()
    await made(http, "letters", mail(password=SECRET))
    await made(http, "others", mail(password="env:PATH"))
    assert (await keys()).items() >= {"source": "file", "count": 1, "sealed": 1, "older": 0, "unreadable": 0}.items()
    connections.keys.add()
    assert (await keys()).items() >= {"count": 2, "sealed": 1, "older": 1, "unreadable": 0}.items()
    connections.keys.file.chmod(0o644)
    broken = await keys()
    assert (broken["count"], "chmod 600" in str(broken["problem"])) == (0, True)
    connections.keys = KeyRing(Fernet.generate_key().decode(), connections.keys.file)
    assert (await keys()).items() >= {"source": "environment", "unreadable": 1, "problem": ""}.items()
