"""Audience sync: members by their hashes to the sandbox's ad platform, and what arrived there."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import child
from benchmarks.acting import deliver
from benchmarks.drawings import acting
from benchmarks.report import Row, Section
from sojourn.sandbox.sandbox import SandboxProcess

SIZES, QUICK_SIZES = (1_000_000,), (50_000,)
MOST_IN_A_REQUEST = 10_000
"""As the platform allows."""


def measure(sizes: Sequence[int]) -> Section:
    """Requests, seconds, and the audience at the end."""
    rows: list[Row] = []
    for size in sizes:
        found = child.run("benchmarks.sync:ours", size=size)
        least = -(-size // MOST_IN_A_REQUEST)
        who = f"{size:,} members: "
        rows += [
            Row(f"{who}requests", f"{found['requests']:,}", f"{least:,}", found["requests"] == least),
            Row(f"{who}people in the audience", f"{found['people']:,}", f"{size:,}", found["people"] == size),
            Row(f"{who}seconds", f"{found['seconds']:.1f} = {size / found['seconds']:,.0f} members/s"),
            Row(f"{who}CPU of our process for a member", f"{found['cpu'] / size * 1e6:.1f} µs"),
            Row(f"{who}history of the delivery", f"{found['events']} events, {found['size']:,} bytes"),
            Row(f"{who}peak memory of the worker", f"{found['peak'] / 2**30:.2f} GiB"),
        ]
    return Section("sync", "Audience sync: members to an ad platform", rows)


async def ours(size: int) -> dict[str, Any]:
    """The bread-and-soda journey's audience step for everybody."""
    drawn = acting("ads").node("ads")
    assert drawn is not None
    audience = drawn.data["step"]["audience_id"]
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        home = Path(folder)
        async with SandboxProcess(data=home / "sandbox") as sandbox:
            found = await deliver(home, size, "ads", sandbox)
            kept = (await sandbox.facts())["audiences"][audience]
    assert found["outcomes"] == {"accepted": size}, found["outcomes"]
    return {**found, "requests": kept["requests"], "people": kept["size"]}
