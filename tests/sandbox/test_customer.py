"""The inbox's buttons do for real what customers and their mail servers do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiosmtplib
import httpx2
import pytest

from orchestrator.channels.returned import read_returned
from sojourn.sandbox import SandboxProcess

TOKEN = "a2b3" * 15


@dataclass
class Sojourn:
    """A stand-in that writes down what it is asked."""

    url: str = ""
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next((int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-le")), 0)
        self.asked.append((" ".join(head.split()[:2]), await reader.readexactly(size)))
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"events": 1}')
        await writer.drain()
        writer.close()


@pytest.fixture
async def sojourn() -> AsyncIterator[Sojourn]:
    made = Sojourn()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


async def test_each_button_asks_sojourn_as_a_real_one_would(sojourn: Sojourn) -> None:
    letter = (
        f"From: shop@grocer.example\r\nTo: zoe@example.com\r\nSubject: Bread\r\nList-Unsubscribe: <{sojourn.url}/m/u/t>"
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Type: text/html\r\n\r\n"
        f'<a href="https://elsewhere.example/">No</a><a href="{sojourn.url}/m/c/t/0">Go</a>\r\n'
    )
    async with SandboxProcess(returns_to=f"{sojourn.url}/m/b") as sandbox:
        client = aiosmtplib.SMTP(hostname=sandbox.host, port=sandbox.smtp_port, start_tls=False)
        async with client:
            await client.sendmail(f"b+{TOKEN}@grocer.example", ["zoe@example.com"], letter)
        async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
            page = (await http.get("/messages/1")).text
            assert [act in page for act in ("Click", "Unsubscribe", "Bounce this", "Complain", "Open<")] == [
                True
            ] * 4 + [False]
            for act in ("click", "unsubscribe", "bounce", "complain"):
                answer = await http.post(f"/messages/1/{act}")
                assert answer.headers["location"].endswith(f"?done={act}")
            refused = await http.post("/messages/1/click", headers={"Sec-Fetch-Site": "cross-site"})
            assert refused.status_code == 403
            assert (await http.post("/messages/1/open")).headers["location"].endswith("?failed=open")
    assert [asked for asked, _ in sojourn.asked] == ["GET /m/c/t/0", "POST /m/u/t", "POST /m/b", "POST /m/b"]
    assert sojourn.asked[1][1] == b"List-Unsubscribe=One-Click"
    reports = [read_returned(body) for _, body in sojourn.asked[2:]]
    assert [each and (each.token, each.kind) for each in reports] == [(TOKEN, "bounced"), (TOKEN, "complained")]
