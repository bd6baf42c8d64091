"""E-mail: messages through the whole path against a bare loop that sends the same bytes to the same mail server."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aiosmtplib import SMTP

from benchmarks import child
from benchmarks.acting import deliver
from benchmarks.measure import own_cpu
from benchmarks.report import Row, Section
from orchestrator.execution.intend_sql import CHUNK
from sojourn.sandbox.inbox import Inbox, Listed
from sojourn.sandbox.sandbox import SandboxProcess
from workers.channels.email_smtp import EmailSmtp
from workers.delivery_workflow import AT_ONCE

SIZES, QUICK_SIZES = (20_000,), (3_000,)
JUDGED_FROM = 20_000
LEAST_RATIO = 0.70
ROUNDS = 3
Envelope = tuple[bytes, bytes, bytes]


def measure(sizes: Sequence[int], *, quick: bool) -> Section:
    """Ours and bare in turn; bare sends what ours has just sent, as the mail server kept it."""
    rows: list[Row] = []
    for size in sizes:
        lanes = EmailSmtp.capabilities.lanes * min(AT_ONCE, -(-size // CHUNK))
        rounds: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for _ in range(1 if quick else ROUNDS):
            with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
                mine = child.run("benchmarks.mail:ours", folder=folder, size=size)
                rounds.append((mine, child.run("benchmarks.mail:bare", folder=folder, lanes=lanes)))
        rows += _rows(size, lanes, rounds)
    return Section("mail", "E-mail: the whole path against a bare SMTP loop", rows)


def _rows(size: int, lanes: int, rounds: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[Row]:
    ours = size / statistics.median(mine["seconds"] for mine, _ in rounds)
    bare = size / statistics.median(limit["seconds"] for _, limit in rounds)
    ratios = ", ".join(f"{limit['seconds'] / mine['seconds']:.2f}" for mine, limit in rounds)
    cpu = [statistics.median(each[index]["cpu"] for each in rounds) / size * 1e6 for index in (0, 1)]
    who = f"{size:,} messages: "
    return [
        Row(f"{who}bare loop, {lanes} connections", f"{bare:,.0f} messages/s"),
        Row(f"{who}ours, {lanes} connections", f"{ours:,.0f} messages/s"),
        Row(
            f"{who}ours / bare",
            f"{ours / bare:.2f} (rounds: {ratios})",
            f"≥ {LEAST_RATIO:.2f}",
            ours / bare >= LEAST_RATIO if size >= JUDGED_FROM else None,
        ),
        Row(f"{who}CPU of our process for a message", f"{cpu[0]:.0f} µs (bare: {cpu[1]:.0f} µs)"),
        Row(f"{who}size of a message", f"{rounds[0][1]['bytes'] / size:,.0f} bytes"),
    ]


async def ours(folder: str, size: int) -> dict[str, Any]:
    """The bread-and-soda offer to everybody; the sandbox keeps its inbox in the folder."""
    home = Path(folder)
    async with SandboxProcess(data=home / "sandbox") as sandbox:
        found = await deliver(home, size, "offer", sandbox)
        facts = await sandbox.facts()
    assert found["outcomes"] == {"accepted": size}, found["outcomes"]
    assert facts["messages"] == size, f"{facts['messages']} messages arrived"
    return found


async def bare(folder: str, lanes: int) -> dict[str, Any]:
    """Sends what is in the folder's inbox once more, to a fresh sandbox: MAIL, RCPT, DATA and nothing else."""
    envelopes = await _kept(Path(folder) / "sandbox")
    async with SandboxProcess(data=Path(folder) / "again") as sandbox:
        used, began = own_cpu(), time.perf_counter()
        queue = iter(envelopes)
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(_lane(sandbox.smtp_port, queue))
        seconds, used = time.perf_counter() - began, own_cpu() - used
        facts = await sandbox.facts()
    assert facts["messages"] == len(envelopes), f"{facts['messages']} messages arrived"
    return {"seconds": seconds, "cpu": used, "bytes": sum(len(message) for _, _, message in envelopes)}


async def _kept(folder: Path) -> list[Envelope]:
    inbox = Inbox(folder)
    found = inbox.find(limit=10_000_000)
    envelopes = [_envelope(inbox, each) for each in reversed(found)]
    await inbox.close()
    return envelopes


def _envelope(inbox: Inbox, listed: Listed) -> Envelope:
    kept = inbox.get(listed.id)
    assert kept is not None
    return f"FROM:<{listed.mail_from}>".encode(), f"TO:<{listed.rcpt_to}>".encode(), kept[1]


async def _lane(port: int, envelopes: Iterator[Envelope]) -> None:
    client = SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False, timeout=60)
    await client.connect()
    await client.ehlo()
    for mail_from, rcpt_to, message in envelopes:
        for command in ((b"MAIL", mail_from), (b"RCPT", rcpt_to)):
            reply = await client.execute_command(*command)
            assert reply.code == 250, reply
        await client.data(message)
    await client.quit()
