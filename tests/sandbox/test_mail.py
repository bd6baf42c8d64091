"""The mail server keeps what it says 250 to, shows it safely, and errs exactly as told."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import aiosmtplib
import pytest

from sojourn.sandbox import Drop, Reply, SandboxProcess, SmtpFaults

LETTER = (
    "From: Grocer <hello@grocer.example>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{key}@grocer.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n"
)


def letter(key="k1", to="zoe@example.com", subject="Bread", body="<p>Hi</p>"):
    return LETTER.format(key=key, to=to, subject=subject, body=body).encode()


async def connect(sandbox, **options):
    client = aiosmtplib.SMTP(hostname=sandbox.host, port=sandbox.smtp_port, start_tls=False, timeout=10, **options)
    await client.connect()
    return client


async def send(sandbox, *letters, to="zoe@example.com"):
    client = await connect(sandbox)
    for content in letters:
        await client.sendmail("hello@grocer.example", [to], content)
    await client.quit()


async def test_bytes_come_back_as_they_were_sent(sandbox, http):
    body = "<p>\r\n.dot\r\n..two\r\n.\t\r\n</p>" + "x" * 900
    first, second = letter("a", body=body), letter("b", body=body.replace("x", "y"))
    await asyncio.gather(*(send(sandbox, content) for content in (first, second)))
    raw = {(await http.get(f"/messages/{number}/raw")).content for number in await numbers(http)}
    assert raw == {first, second}


async def numbers(http, query=""):
    page = (await http.get(f"/{query}")).text
    return [part.partition('"')[0] for part in page.split('href="/messages/')[1:]]


async def test_a_message_without_a_body_ends_too(sandbox):
    client = await connect(sandbox)
    await client.sendmail("a@b.example", ["c@d.example"], b"")
    await client.quit()
    assert (await sandbox.facts())["messages"] == 1


async def test_search_and_paging(sandbox, http):
    await send(sandbox, *(letter(f"k{n}", subject=f"Bread 100% {n}") for n in range(55)))
    await send(sandbox, letter("o", to="o_b@example.com", subject="Soda"), to="o_b@example.com")
    assert len(await numbers(http)) == 50
    page = await numbers(http)
    older = await numbers(http, f"?before={page[-1]}")
    assert len(older) == 6
    assert not set(older) & set(page)
    assert len(await numbers(http, "?q=soda")) == 1
    assert len(await numbers(http, "?q=o_b@")) == 1
    assert len(await numbers(http, "?q=100%25 7")) == 1
    assert await numbers(http, "?q=o%25b") == []
    assert "No message matches" in (await http.get("/?q=nothing")).text


async def test_pages_escape_what_the_mail_says_and_shut_it_in(sandbox, http):
    evil = "<script>alert(1)</script>"
    await send(sandbox, letter(subject=evil, body=evil))
    (number,) = await numbers(http)
    for path in ("/", f"/messages/{number}", f"/messages/{number}?view=raw", f"/messages/{number}?view=text"):
        answer = await http.get(path)
        assert evil not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
    shown = await http.get(f"/messages/{number}/html")
    assert evil in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "sandbox=" in (await http.get(f"/messages/{number}")).text
    assert (await http.get("/messages/999999")).status_code == 404
    assert (await http.get("/messages/999999/html")).status_code == 404


async def test_clear_only_from_the_page_itself(sandbox, http):
    await send(sandbox, letter())
    assert (await http.post("/clear", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await sandbox.facts())["messages"] == 1
    assert (await http.post("/clear", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303
    assert (await sandbox.facts())["messages"] == 0


async def test_facts_count_what_came_twice(sandbox):
    await send(sandbox, letter("once"), letter("twice"), letter("twice"))
    assert await sandbox.message_counts() == {"<once@grocer.example>": 1, "<twice@grocer.example>": 2}
    assert await sandbox.message_counts(more_than=1) == {"<twice@grocer.example>": 2}
    assert (await sandbox.facts())["recipients"] == 1


async def test_refusals_as_told(sandbox):
    await sandbox.err(
        smtp=SmtpFaults(
            replies=[Reply(pattern="*@bounce.example", code=550), Reply(pattern="slow*", code=451, at="data")]
        )
    )
    client = await connect(sandbox)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await client.sendmail("a@b.example", ["x@bounce.example"], letter())
    with pytest.raises(aiosmtplib.SMTPDataError):
        await client.sendmail("a@b.example", ["slow@example.com"], letter())
    await client.sendmail("a@b.example", ["fine@example.com"], letter())
    assert (await sandbox.facts())["messages"] == 1


@pytest.mark.parametrize("stored", [True, False])
async def test_drops_after_data_as_told(sandbox, stored):
    await sandbox.err(smtp=SmtpFaults(drop=Drop(stored=stored, times=1)))
    client = await connect(sandbox)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.sendmail("a@b.example", ["x@example.com"], letter())
    assert (await sandbox.facts())["messages"] == int(stored)
    await send(sandbox, letter("k2"))
    assert (await sandbox.facts())["messages"] == int(stored) + 1


@pytest.mark.parametrize("door", ["close", "busy"])
async def test_the_door_can_be_shut(sandbox, door):
    await sandbox.err(smtp=SmtpFaults(connect=door))
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await connect(sandbox)
    await sandbox.err()
    await send(sandbox, letter())


async def test_signing_in_needs_the_password(sandbox):
    client = await connect(sandbox, username="anyone", password=sandbox.smtp_password)
    await client.quit()
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await connect(sandbox, username="anyone", password="wrong")


async def test_latency_as_told(sandbox):
    await sandbox.err(smtp=SmtpFaults(latency_ms=80))
    started = time.perf_counter()
    await send(sandbox, letter())
    assert time.perf_counter() - started >= 0.08


async def test_what_got_its_250_survives_kill_9(tmp_path):
    async with SandboxProcess(data=tmp_path) as sandbox:
        sent, enough = [], asyncio.Event()

        async def lane(name):
            client = await connect(sandbox)
            for number in range(1_000):
                await client.sendmail("a@b.example", ["c@d.example"], letter(f"{name}-{number}"))
                sent.append(f"<{name}-{number}@grocer.example>")
                if len(sent) == 200:
                    enough.set()

        lanes = [asyncio.create_task(lane(name)) for name in "abcdefgh"]
        await enough.wait()
        os.kill(sandbox._process.pid, signal.SIGKILL)
        await asyncio.gather(*lanes, return_exceptions=True)
    with sqlite3.connect(tmp_path / "inbox.db") as db:
        kept = {key for (key,) in db.execute("SELECT message_id FROM messages")}
    db.close()
    assert set(sent) <= kept
    assert len(kept) <= len(sent) + 8
    async with SandboxProcess(data=tmp_path) as sandbox:
        assert (await sandbox.facts())["messages"] == len(kept)


async def test_the_child_dies_with_its_parent():
    code = (
        "import asyncio, os\nfrom sojourn.sandbox import SandboxProcess\n"
        "async def main():\n    sandbox = await SandboxProcess().__aenter__()\n"
        "    print(sandbox._process.pid, flush=True)\n    os.kill(os.getpid(), 9)\nasyncio.run(main())"
    )
    parent = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, timeout=30)
    child = int(parent.stdout)
    for _ in range(200):
        if not _runs(child):
            return
        await asyncio.sleep(0.02)
    pytest.fail("the sandbox outlived the one who started it")


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
