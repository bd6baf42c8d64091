"""Canaries in the lakehouse: after a whole run, failures included, none of them is anywhere but where they belong."""

import asyncio
import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import httpx2
import pytest
import yaml
from aiosmtpd.smtp import SMTP

from migrations import upgrade
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.records import RunRecord
from sojourn.demo import JOURNEY, JOURNEY_ID, shortened
from sojourn.sample.grocer import SOURCES, generate
from sojourn.sandbox import MetaFaults, SandboxProcess
from sojourn.sandbox.customer import Customer
from sojourn.temporal_server import TemporalServer
from tests.collector import collector
from workers.telemetry import free_port

CANARIES = range(1, 25)
POISON, REFUSED, HUNG_UP = 1, 2, 3
"""Whose template fails, whose address the mail server refuses and repeats, and at whose it hangs up once."""
BELONGS = ("lakehouse.duckdb", "lakehouse.duckdb.wal", "sandbox")
"""Where customers are by right; everything else in the home folder is searched."""


def email(n: int) -> str:
    return f"canary-email-{n:02}@zz-canary.example"


def phone(n: int) -> str:
    return f"+4915559900{n:02}"


def first_name(n: int) -> str:
    return f"Zzcanary{n:02}ella"


SECRETS = [made(n) for n in CANARIES for made in (email, phone, first_name)]


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Everything a secret looks like that somebody could undo or join on; lower case stands for any case."""
    plain = secret.encode()
    yield "plain", plain.lower()
    yield "url", quote(secret, safe="").lower().encode()
    for given in {secret, secret.lower(), secret.lstrip("+")}:
        digest = hashlib.sha256(given.encode())
        yield "sha256", digest.hexdigest().encode()
        yield "sha256 raw", digest.digest()
        for offset, unsure in enumerate((0, 2, 3)):  # inside a longer text the letters depend on where it begins
            whole = base64.b64encode(b"\0" * offset + given.encode()).rstrip(b"=")
            yield "base64", whole[unsure:-1]
            yield "base64", whole[unsure:-1].translate(bytes.maketrans(b"+/", b"-_"))


def leaks(folder: Path, secrets: Sequence[str] = SECRETS) -> list[str]:
    """`file: form of secret` for everything found in the files of a folder that are not exempt."""
    wanted = [(secret, form, text) for secret in secrets for form, text in forms(secret)]
    found = set()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(part in BELONGS for part in file.relative_to(folder).parts):
            content = file.read_bytes()
            lower = content.lower()
            for secret, form, text in wanted:
                if text in (content if form in ("base64", "sha256 raw") else lower):
                    found.add(f"{file.relative_to(folder)}: {form} of {secret}")
    return sorted(found)


class Post(SMTP):
    """A mail server that repeats addresses in its answers, as many do."""

    def __init__(self, got: list[tuple[str, bytes]], rude: set[str]) -> None:
        super().__init__(self, hostname="post.example", enable_SMTPUTF8=True)
        self._got, self._rude = got, rude

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == email(REFUSED):
            return f"550 5.1.1 <{address}>: {first_name(REFUSED)} does not live here"
        if address in self._rude:
            self._rude.remove(address)
            return f"421 4.3.2 not now, <{address}>"
        envelope.rcpt_tos.append(address)
        return f"250 2.1.5 <{address}> is welcome"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._got.append((envelope.rcpt_tos[0], f"Return-Path: <{envelope.mail_from}>\r\n".encode() + envelope.content))
        return f"250 2.0.0 OK, {envelope.rcpt_tos[0]} will like it"


def lakehouse(file: Path) -> None:
    """The sample with canaries in it, and a view over notes that are not all dates: its errors quote a value."""
    generate(file, as_of=datetime.now(UTC), customers=300)
    with duckdb.connect(str(file)) as db:
        for n in CANARIES:
            values = {"id": 900_000 + n, "email": email(n), "phone": phone(n), "name": first_name(n)}
            values["store"] = "POISON" if n == POISON else "S001"
            db.execute(
                "INSERT INTO grocery.customers BY NAME SELECT $id AS customer_id, $email AS email, $phone AS phone, "
                "$name AS first_name, $name AS last_name, 'DE' AS country, $store AS home_store",
                values,
            )
            db.execute(
                "INSERT INTO grocery.propensities BY NAME SELECT $id AS customer_id, 0.95 AS bread, 0.5 AS soda",
                {"id": values["id"]},
            )
            db.execute(
                "INSERT INTO grocery.consents BY NAME SELECT $id AS customer_id, unnest(['email', 'paid_media']) "
                "AS purpose, TRUE AS granted",
                {"id": values["id"]},
            )
        db.execute("CREATE TABLE grocery.notes AS FROM grocery.customers WHERE customer_id > 900000")
        db.execute(
            "CREATE VIEW grocery.noted AS SELECT customer_id, CAST(email AS DATE) AS day, "
            "CAST(email AS INTEGER) AS number, strptime(email, '%Y') AS year, "
            "CAST(error('bad row: ' || email) AS INTEGER) AS checked FROM grocery.notes"
        )


def broken_journey(column: dict[str, Any]) -> dict[str, Any]:
    """A journey whose first statement fails at a value."""
    nodes = [
        {"id": "audience", "type": "entry", "data": {"rule": column}},
        {"id": "done", "type": "exit", "data": {}},
    ]
    return {"name": "Broken", "nodes": nodes, "edges": [{"id": "e1", "source": "audience", "target": "done"}]}


BROKEN: dict[str, dict[str, Any]] = {
    "broken_day": {"kind": "date", "column": "noted.day", "op": "after", "value": "2020-01-01"},
    "broken_number": {"kind": "number", "column": "noted.number", "op": ">", "value": 1},
    "broken_check": {"kind": "number", "column": "noted.checked", "op": ">", "value": 1},
    "broken_year": {"kind": "date", "column": "noted.year", "op": "after", "value": "2020-01-01"},
}


@dataclass
class Ran:
    """A home folder after everything was done in it."""

    home: Path
    while_running: list[str]
    letters: list[tuple[str, bytes]]
    report: dict[str, Any]
    audience: dict[str, Any]
    still_to_fail: int
    troubles: dict[str, str]
    refusals: list[httpx2.Response]


@asynccontextmanager
async def dev_stack(home: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """`sojourn dev` as a process, every logger at DEBUG, all it writes in dev.log, its traces and metrics beside it."""
    port = free_port()
    everything = "import logging; logging.root.setLevel(logging.DEBUG); from sojourn.cli import main; main()"
    environment = {
        **os.environ,
        "SOJOURN_HOME": str(home),
        "SOJOURN_PORT": str(port),
        "SOJOURN_DUCKDB_MEMORY": "1GB",
        "SOJOURN_LOG_LEVEL": "DEBUG",
    }
    with collector() as traces:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = traces.url
        with (home / "dev.log").open("wb") as log:
            command = [sys.executable, "-c", everything, "dev"]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as api:
                async with asyncio.timeout(40):
                    while process.poll() is None:
                        try:
                            (await api.get("/health")).raise_for_status()
                            break
                        except httpx2.HTTPError:
                            await asyncio.sleep(0.1)
                yield api
                (home / "metrics.txt").write_bytes((await api.get(f"http://127.0.0.1:{port}/metrics")).content)
        finally:
            process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(process.wait, 60)
            (home / "traces.otlp").write_bytes(b"".join(traces.bodies))
    assert code == 0, (home / "dev.log").read_text()[-2000:]


async def run_journey(api: httpx2.AsyncClient, journey_id: str, document: dict[str, Any]) -> dict[str, Any]:
    """Publishes and starts it, and returns its report once it has ended or stands still."""
    path = f"/journeys/{journey_id}"
    for where, body in (("/journeys", {"id": journey_id, "document": document}), (f"{path}/publish", {})):
        answer = await api.post(where, json=body)
        assert answer.is_success, answer.text
    assert (await api.post(f"{path}/start")).is_success
    async with asyncio.timeout(60):
        while True:
            report: dict[str, Any] = (await api.get(f"{path}/report")).json()
            if report["status"] in ("finished", "paused"):
                return report
            await asyncio.sleep(0.1)


async def ask_badly(api: httpx2.AsyncClient) -> list[httpx2.Response]:
    """Requests with a canary in them that are refused, after one that is answered with a canary."""
    shown = {"rule": {"kind": "text", "column": "email", "op": "is", "value": email(5)}, "sample": 5}
    answer = await api.post("/audiences/preview", json={**shown, "show_contacts": True})
    assert first_name(5) in answer.text, "the preview did not show the canary it was asked for"
    rules = [
        {"kind": "text", "column": "emial", "op": "is", "value": email(6)},
        {"kind": "number", "column": "household_size", "op": ">", "value": email(6)},
        {"kind": email(6)},
        *BROKEN.values(),
    ]
    refused = [await api.post("/audiences/preview", json={"rule": rule}) for rule in rules]
    refused.append(await api.post("/audiences/preview", content=f'{{"rule": "{email(7)}'.encode()))
    refused.append(await api.post("/journeys/check", json={"document": {"name": "x", "nodes": [email(8)]}}))
    return refused


async def ask_about_people(api: httpx2.AsyncClient) -> None:
    """Questions that are answered with a canary, and a test send that is refused with one."""
    path = f"/journeys/{JOURNEY_ID}/people"
    shown = {"node": "offer", "state": "through", "columns": ["email", "first_name"], "limit": 200}
    page = await api.post(path, json={**shown, "show_contacts": True})
    assert first_name(9) in page.text, "the page did not show the canary it was asked for"
    assert first_name(9) not in (await api.post(path, json=shown)).text
    rule = {"kind": "is_set", "column": "email"}
    nodes = [{"id": "audience", "type": "entry", "data": {"rule": rule}}]
    await api.post("/journeys", json={"id": "asked", "document": {"name": "Asked", "nodes": nodes}})
    why = await api.post("/journeys/asked/people/why", json={"member_id": "900009", "show_contacts": True})
    assert why.json()["entries"][0]["rule"]["actual"] == email(9)
    step = {"subject": "{{ first_name }}", "html": "<p>{{ email }}</p>"}
    test = {"channel": "email.smtp", "connection": "mail", "step": step, "member_id": "900009", "to": email(REFUSED)}
    sent = await api.post("/messages/test", json=test)
    assert sent.json()["reason"] == "smtp_550"
    assert "zz-canary" not in sent.text


async def do_as_customers_do(letters: list[tuple[str, bytes]]) -> None:
    """One unsubscribes, one clicks, one looks at what they get, and one's mailbox is gone, as its server says."""
    letter = {n: [content for address, content in letters if address == email(n)][-1] for n in range(10, 14)}
    returns_to = {n: each.split(b"\r\n")[0].decode() for n, each in letter.items()}
    part = message_from_bytes(letter[12], policy=policy.default).get_body(("html",))
    found = re.search(r"(http://[\w.:]+/m/)p/[\w-]+", part.get_content() if part else "")
    assert found is not None
    customer = Customer(f"{found[1]}b")
    for n, action in ((10, "unsubscribe"), (11, "click"), (13, "bounce")):
        assert await customer.do(action, returns_to[n], letter[n]), action
    async with httpx2.AsyncClient(timeout=20) as http:
        page = (await http.get(found[0])).text
    assert "checkbox" in page
    assert [each for each in (email(12), first_name(12), "900012") if each in page] == []
    await asyncio.sleep(2)  # a click is in the ledger within two seconds


def grocers_journey() -> dict[str, Any]:
    """The example, a day in a fifth of a second, with a template that fails for one member."""
    document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), timedelta(seconds=0.2))
    [offer] = [node for node in document["nodes"] if node["id"] == "offer"]
    trap = "{% if home_store == 'POISON' %}{{ first_name | append: email | divided_by: 0 }}{% endif %}"
    offer["data"]["step"]["html"] += (
        f"<p>Your {{{{ last_name }}}} {trap}</p><a href='https://grocer.example/{{{{ first_name }}}}'>Yours</a>"
        "<a href='https://grocer.example/'>Ours</a> {{ unsubscribe_url }} {{ preferences_url }}"
    )
    return document


@pytest.fixture(scope="module")
async def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    home = tmp_path_factory.mktemp("privacy")
    lakehouse(home / "lakehouse.duckdb")
    sources = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))
    sources["related"]["noted"] = {"table": "grocery.noted", "key": "customer_id", "cardinality": "one"}
    (home / "sources.yaml").write_text(yaml.safe_dump(sources))
    letters: list[tuple[str, bytes]] = []
    rude = {email(HUNG_UP)}
    post = await asyncio.get_running_loop().create_server(lambda: Post(letters, rude), "127.0.0.1", 0)
    async with SandboxProcess() as sandbox:
        await sandbox.err(meta=MetaFaults(fail_next=1))
        connections = {
            "mail": ("email.smtp", {"host": "127.0.0.1", "port": post.sockets[0].getsockname()[1], "security": "none"}),
            "ads": ("audience.meta", {"base_url": sandbox.http_url, "access_token": "sandbox", "ad_account_id": "1"}),
        }
        connections["mail"][1].update(sender="offers@grocer.example", own_return=True)
        (home / "connections.yaml").write_text(
            json.dumps({name: {"channel": kind, "settings": given} for name, (kind, given) in connections.items()})
        )
        async with dev_stack(home) as api:
            report = await run_journey(api, JOURNEY_ID, grocers_journey())
            troubles = {
                name: (await run_journey(api, name, broken_journey(rule)))["trouble"] for name, rule in BROKEN.items()
            }
            refusals = await ask_badly(api)
            await ask_about_people(api)
            await do_as_customers_do(letters)
            while_running = leaks(home)
        [audience] = (await sandbox.facts())["audiences"].values()
        async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
            still_to_fail = (await http.get("/faults")).json()["meta"]["fail_next"]
    post.close()
    return Ran(home, while_running, letters, report, audience, still_to_fail, troubles, refusals)


def test_no_canary_is_anywhere_but_where_customers_belong(ran: Ran) -> None:
    found = [*ran.while_running, *leaks(ran.home)]
    assert not found, "\n".join(found)


def test_the_canaries_were_in_everything_that_happened(ran: Ran) -> None:
    offered = {address: content for address, content in reversed(ran.letters) if address.endswith(".example")}
    reached = [n for n in CANARIES if first_name(n).encode() in offered.get(email(n), b"")]
    assert reached == [n for n in CANARIES if n not in (POISON, REFUSED)]
    assert ran.report["status"] == "finished"
    assert ran.report["nodes"]["offer"]["reasons"].items() >= {"render_failed": 1, "smtp_550": 1}.items()
    assert ran.report["nodes"]["ads"]["outcomes"]["accepted"] == ran.audience["size"] > 0
    assert ran.still_to_fail == 0, "the ad platform did not fail"
    with duckdb.connect(str(ran.home / "lakehouse.duckdb"), read_only=True) as db:
        events = db.execute("SELECT member_id, kind FROM sojourn.message_events ORDER BY ALL").fetchall()
    assert events == [(900_010, "unsubscribed"), (900_011, "clicked"), (900_013, "bounced")]


def test_files_that_were_searched_hold_what_happened(ran: Ran) -> None:
    for pattern in ("temporal-*.db*", "sojourn.db*", "dev.log", "traces.otlp", "metrics.txt"):
        held = b"".join(file.read_bytes() for file in ran.home.glob(pattern))
        assert JOURNEY_ID.encode() in held, pattern
        assert b"broken_year" in held, pattern
    assert b'"level": "debug"' in (ran.home / "dev.log").read_bytes()
    assert leaks(ran.home, ["offers@grocer.example"]) != []


def test_an_error_of_the_lakehouse_is_told_without_the_value_it_quotes(ran: Ran) -> None:
    assert all(ran.troubles.values()), "a journey did not fail as it was meant to"
    assert [name for name, text in ran.troubles.items() if "@" in text] == []


def test_a_request_that_is_refused_is_not_repeated_in_the_answer(ran: Ran) -> None:
    assert [answer.status_code for answer in ran.refusals] == [422, 422, 422, 400, 400, 400, 400, 422, 422]
    assert [answer.text for answer in ran.refusals if "zz-canary" in answer.text] == []


@pytest.mark.parametrize("form", ["plain", "shouted", "base64", "url", "sha256", "raw"])
def test_the_search_finds_what_is_planted_in_any_form(tmp_path: Path, form: str) -> None:
    secret = email(9)
    planted = {
        "plain": secret.encode(),
        "shouted": secret.upper().encode(),
        "base64": base64.b64encode(f'{{"to": "{secret}"}}'.encode()),
        "url": quote(secret, safe="").encode(),
        "sha256": hashlib.sha256(secret.encode()).hexdigest().upper().encode(),
        "raw": hashlib.sha256(secret.encode()).digest(),
    }[form]
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "inbox.db").write_bytes(planted)
    (tmp_path / "some.log").write_bytes(os.urandom(1000) + planted + os.urandom(1000))
    found = leaks(tmp_path)
    assert found
    assert all(each.startswith("some.log: ") and each.endswith(secret) for each in found)


async def test_the_search_finds_a_leak_into_temporal_and_the_app_database(tmp_path: Path) -> None:
    store = Store(open_database(f"sqlite:///{tmp_path / 'app.db'}"))
    await upgrade(f"sqlite:///{tmp_path / 'app.db'}")
    now = datetime.now(UTC)
    await store.put_run(RunRecord("j", 1, "hash", "live", 0, None, None, f"no letter for {email(3)}", now, None))
    async with TemporalServer(tmp_path / "temporal.db") as server:
        client = await server.client()
        await client.start_workflow("Nobody", {"to": email(4)}, id="w", task_queue="nobody")
        found = leaks(tmp_path)
    await store.close()
    assert any(each.startswith("app.db") and each.endswith(email(3)) for each in found)
    assert any(each.startswith("temporal.db") and each.endswith(email(4)) for each in found)
