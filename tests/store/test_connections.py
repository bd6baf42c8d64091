"""Connections made on a page, on both databases: their secrets are sealed, and no save runs over another."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from orchestrator.channels.channel import ChannelModel
from orchestrator.connections.connection import secret_fields
from orchestrator.connections.connections import Connections
from orchestrator.connections.secrets import rotate, sealing
from orchestrator.errors import Conflict, Invalid, NotFound, Stale, UserError
from orchestrator.keyring import KeyRing
from orchestrator.store.connections import ConnectionStore
from orchestrator.store.documents import Store
from tests.connections.test_declared import CHANNELS

SECRET = "zz-canary-hunter2-ÿ"
MAIL = {"host": "zz-visible.example", "sender": "a@b.test", "password": SECRET}
ADS = {"access_token": SECRET, "ad_account_id": "1"}
FIRST, SECOND = (Fernet.generate_key().decode() for _ in range(2))


def opened(store: Store, folder: Path, keys: str = FIRST) -> Connections:
    """What another process with these keys sees."""
    ring = KeyRing(keys, folder / "secret.keys")
    return Connections(CHANNELS, folder / "connections.yaml", ConnectionStore(store.engine), ring)


@pytest.fixture
def connections(store: Store, tmp_path: Path) -> Connections:
    return opened(store, tmp_path)


async def password(connections: Connections, name: str = "mail") -> str | None:
    kept = (await connections.find(name)).settings.password  # type: ignore[attr-defined]
    return kept.get_secret_value() if kept else None


async def files(store: Store) -> Iterator[Path]:
    """Every file the database has."""
    database = store.engine.url.database
    if store.engine.dialect.name == "sqlite":
        return Path(str(database)).parent.glob("app.db*")
    async with store.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("CHECKPOINT"))
        folder = await connection.scalar(text("SHOW data_directory"))
    return (file for part in ("base", "pg_wal") for file in (Path(folder) / part).rglob("*") if file.is_file())


async def test_no_secret_is_at_rest_in_the_clear(connections: Connections, store: Store) -> None:
    await connections.add("mail", "email.smtp", MAIL)
    await connections.save("mail", {**MAIL, "password": f"{SECRET}2"}, 1)
    await connections.add("ads", "audience.meta", ADS)
    assert await password(connections) == f"{SECRET}2"
    held = b"".join([file.read_bytes() for file in await files(store)])
    assert b"zz-visible.example" in held, "this is not where connections are"
    for form in (SECRET.encode(), json.dumps(SECRET).strip('"').encode(), base64.b64encode(SECRET.encode())[:16]):
        assert form not in held
    shown = [*await connections.all(), await connections.get("ads"), *await connections.store.all()]
    assert SECRET not in repr(shown)
    assert SECRET not in repr(await connections.find("mail"))


async def test_a_secret_left_out_is_kept_and_one_that_is_null_or_empty_is_cleared(connections: Connections) -> None:
    made = await connections.add("mail", "email.smtp", MAIL)
    assert (made.revision, made.source, made.secrets) == (1, "page", {"password": "kept"})
    assert made.settings == {"host": "zz-visible.example", "sender": "a@b.test"}
    without = {"host": "other.example", "sender": "a@b.test", "port": 25}
    saved = await connections.save("mail", without, 1)
    assert (saved.revision, saved.settings, await password(connections)) == (2, without, SECRET)
    await connections.save("mail", {**without, "password": None}, 2)
    assert await password(connections) is None
    await connections.save("mail", {**without, "password": "new"}, 3)
    assert await password(connections) == "new"
    assert (await connections.save("mail", {**without, "password": ""}, 4)).secrets == {}


async def test_a_reference_is_kept_as_it_is_and_followed_at_each_use(
    connections: Connections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("one\n")
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    await connections.add("mail", "email.smtp", {**MAIL, "password": "env:MAIL_PASSWORD"})
    ads = await connections.add("ads", "audience.meta", {**ADS, "access_token": "file:token"})
    assert ads.secrets == {"access_token": "file:token"}
    assert await password(connections) == SECRET
    (tmp_path / "token").write_text("two\n")
    assert (await connections.find("ads")).settings.access_token.get_secret_value() == "two"  # type: ignore[attr-defined]
    monkeypatch.delenv("MAIL_PASSWORD")
    with pytest.raises(UserError, match="MAIL_PASSWORD is not set"):
        await connections.find("mail")
    [_, mail] = await connections.all()
    assert mail.problem == "Password: the variable MAIL_PASSWORD is not set – set MAIL_PASSWORD"


@pytest.mark.parametrize("reference", ["env:SOJOURN_SECRET_KEYS", "env:sojourn_database_url", "file:../{}/secret.keys"])
async def test_no_reference_leads_into_sojourn_itself(connections: Connections, tmp_path: Path, reference: str) -> None:
    await connections.add("mail", "email.smtp", MAIL)
    (tmp_path / "secret.keys").write_text(FIRST)
    with pytest.raises(Invalid, match="not for channels") as refused:
        await connections.draft(None, "email.smtp", {**MAIL, "password": reference.format(tmp_path.name)})
    assert [each["path"] for each in refused.value.problems] == [["settings", "password"]]


async def test_every_mistake_is_at_its_field_and_repeats_no_secret(connections: Connections) -> None:
    given = {"port": SECRET, "password": "env:NOT_SET_ANYWHERE", "zz": SECRET}
    with pytest.raises(Invalid) as wrong:
        await connections.add("mail", "email.smtp", given)
    problems = {each["path"][-1]: each["text"] for each in wrong.value.problems}
    assert problems.keys() == {"host", "sender", "port", "password", "zz"}
    assert problems["host"] == "Server is missing"
    assert all(each["path"][0] == "settings" for each in wrong.value.problems)
    with pytest.raises(Invalid) as unknown:
        await connections.add("mail", "email.smpt", MAIL)
    assert unknown.value.problems[0]["path"] == ["channel"]
    with pytest.raises(Invalid, match="Access token is missing"):
        await connections.add("ads", "audience.meta", {"ad_account_id": "1", "access_token": None})
    assert SECRET not in f"{wrong.value}{wrong.value.problems}{wrong.value.__cause__!r}"


async def test_of_many_who_save_one_revision_exactly_one_succeeds(connections: Connections) -> None:
    await connections.add("mail", "email.smtp", MAIL)
    saves = [connections.save("mail", {**MAIL, "password": f"{SECRET}{n}"}, 1) for n in range(6)]
    results = await asyncio.gather(*saves, return_exceptions=True)
    lost = [each for each in results if isinstance(each, Stale)]
    assert len(lost) == 5
    assert all(each.current["revision"] == 2 and SECRET not in repr(each.current) for each in lost)
    with pytest.raises(Conflict, match="taken"):
        await connections.add("mail", "email.smtp", MAIL)
    await connections.remove("mail")
    for act in (connections.find("mail"), connections.remove("mail"), connections.save("mail", MAIL, 2)):
        with pytest.raises(NotFound, match="no connection 'mail'"):
            await act


async def test_those_of_the_file_stand_beside_them_and_are_only_read(store: Store, tmp_path: Path) -> None:
    await opened(store, tmp_path).add("ads", "audience.meta", ADS)
    await opened(store, tmp_path).add("mail", "email.smtp", MAIL)
    (tmp_path / "connections.yaml").write_text(
        f"mail: {{channel: email.smtp, settings: {{host: h, sender: a@b.test, password: {SECRET}}}}}"
    )
    connections = opened(store, tmp_path)
    ads, mail = await connections.all()
    assert (ads.source, ads.problem) == ("page", "")
    assert (mail.source, mail.secrets, mail.revision) == ("file", {"password": "kept"}, None)
    assert "of the file, is used" in mail.problem
    assert (await connections.find("mail")).settings.host == "h"  # type: ignore[attr-defined]
    assert await connections.channel_names() == {"ads": "audience.meta", "mail": "email.smtp"}
    for act in (
        connections.save("mail", MAIL, 1),
        connections.remove("mail"),
        connections.add("mail", "email.smtp", MAIL),
    ):
        with pytest.raises(Conflict):
            await act


async def test_a_rotation_needs_the_first_key_alone_and_names_what_is_lost(store: Store, tmp_path: Path) -> None:
    before = opened(store, tmp_path, FIRST)
    await before.add("mail", "email.smtp", MAIL)
    await before.add("ads", "audience.meta", ADS)
    lost = opened(store, tmp_path, Fernet.generate_key().decode())
    await lost.add("old", "email.smtp", MAIL)
    ring = KeyRing(f"{SECOND}, {FIRST}", tmp_path / "secret.keys")
    found = await sealing(before.store, ring)
    assert (found.sealed, found.older, found.unreadable) == (3, 2, 1)

    async def edits() -> None:
        for revision in range(1, 6):
            await before.save("ads", {**ADS, "access_token": f"{SECRET}{revision}"}, revision)

    (count, unreadable), _ = await asyncio.gather(rotate(before.store, ring), edits())
    assert (count, unreadable) == (2, ["old.password"])
    await rotate(before.store, ring)  # what was saved meanwhile under the old key
    after = opened(store, tmp_path, SECOND)
    assert await password(after) == SECRET
    assert (await after.find("ads")).settings.access_token.get_secret_value() == f"{SECRET}5"  # type: ignore[attr-defined]
    assert (await after.get("ads")).revision == 6, "a rotation is no edit"
    with pytest.raises(UserError, match="none of the keys opens it – enter it again"):
        await before.find("mail")
    again = await after.save("old", {**MAIL, "password": "entered again"}, 1)
    assert again.problem == ""


async def test_a_channel_that_is_not_installed_any_more_is_told(store: Store, tmp_path: Path) -> None:
    await opened(store, tmp_path).add("mail", "email.smtp", MAIL)
    some = {"audience.meta": CHANNELS["audience.meta"]}
    ring = KeyRing(FIRST, tmp_path / "secret.keys")
    connections = Connections(some, tmp_path / "none.yaml", ConnectionStore(store.engine), ring)
    [mail] = await connections.all()
    assert mail.problem.startswith("there is no channel 'email.smtp'")


def test_a_secret_however_deep_makes_its_field_one() -> None:
    class Inner(ChannelModel):
        key: SecretStr | None = None

    class Form(ChannelModel):
        plain: str
        one: SecretStr
        maybe: list[SecretStr] | None = None
        inner: dict[str, Inner]
        other: list[int]

    assert secret_fields(Form) == {"one", "maybe", "inner"}


async def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret.keys"
    rings = [KeyRing("", file) for _ in range(8)]
    assert rings[0].source == "none"
    sealed = await asyncio.gather(*(asyncio.to_thread(ring.seal, SECRET) for ring in rings))
    assert [rings[0].open(each) for each in sealed] == [SECRET] * 8
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(rings[0].keys()) == 1
    rings[0].add()
    assert [len(ring.keys()) for ring in rings] == [2] * 8, "a new key is known to all at once"
    assert rings[1].open(sealed[0]) == SECRET
    assert not rings[1].is_first(sealed[0])
    assert rings[2].is_first(rings[3].seal(SECRET))
    assert [each.name for each in file.parent.iterdir()] == ["secret.keys"]
    file.chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        rings[0].seal(SECRET)


def test_keys_that_are_none_are_told_without_them(tmp_path: Path) -> None:
    bad: Any = f"{FIRST} zz-not-a-key"
    with pytest.raises(UserError, match="key 2 of 2 is none") as wrong:
        KeyRing(bad, tmp_path / "none")
    assert "SOJOURN_SECRET_KEYS" in str(wrong.value)
    assert not re.search("zz-not", str(wrong.value))
