"""The sender check against a DNS server of our own, over UDP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.asyncresolver import Resolver

from workers.channels.smtp_sender import sender_remarks

ZONE = {
    "grocer.shop": ["google-verification=x", "v=spf1 include:spf.mail.shop -all"],
    "k1._domainkey.grocer.shop": ["v=DKIM1; k=rsa; p=MIGfMA0" + "x" * 300],
    "_dmarc.grocer.shop": ["v=DMARC1; p=reject; rua=mailto:x@grocer.shop"],
    "open.shop": ["v=spf1 +all"],
    "two.shop": ["v=spf1 -all", "v=spf1 ~all"],
    "_dmarc.two.shop": ["v=DMARC1; rua=mailto:x@two.shop"],
    "k1._domainkey.two.shop": ["v=DKIM1; p="],
}


class _Zone(asyncio.DatagramProtocol):
    def __init__(self, records: Mapping[str, list[str]]) -> None:
        self.records = records

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        name = query.question[0].name
        known = name.to_text(omit_final_dot=True).lower()
        if known == "broken.shop":
            answer.set_rcode(dns.rcode.REFUSED)
        elif known in self.records:
            texts = [
                " ".join(f'"{each[at : at + 200]}"' for at in range(0, len(each), 200)) for each in self.records[known]
            ]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), address)


@pytest.fixture
async def resolver() -> AsyncIterator[Resolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Zone(ZONE), local_addr=("127.0.0.1", 0))
    found = Resolver(configure=False)
    found.nameservers, found.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
    yield found
    transport.close()


@pytest.mark.parametrize(
    ("sender", "returns_to", "selector", "said"),
    [
        ("grocer.shop", "grocer.shop", "k1", ["+SPF:", "+DKIM:", "+DMARC: grocer.shop has the policy reject"]),
        ("mail.grocer.shop", "grocer.shop", "", ["+SPF:", "-DKIM was not looked up", "+DMARC: grocer.shop has"]),
        ("open.shop", "open.shop", "k1", ["-SPF lets everybody", "-DKIM is missing", "-DMARC is missing"]),
        ("two.shop", "two.shop", "k1", ["-SPF is there 2 times", "-DKIM is missing", "-DMARC of two.shop names no"]),
        ("grocer.shop", "bounces.shop", "k1", ["-SPF is missing", "+DKIM:", "+DMARC:", "+Bounces return to"]),
        ("grocer.shop", "broken.shop", "k1", ["-SPF could not be looked up", "+DKIM:", "+DMARC:", "+Bounces return"]),
        ("shop.example", "shop.example", "", ["+shop.example is a name for examples"]),
    ],
)
async def test_what_mail_servers_find_is_said_in_plain_words(
    resolver: Resolver, sender: str, returns_to: str, selector: str, said: list[str]
) -> None:
    remarks = await sender_remarks(sender, returns_to, selector, resolver)
    found = [("+" if each.ok else "-") + each.text for each in remarks]
    assert len(found) == len(said)
    assert [each for each, begins in zip(found, said, strict=True) if not each.startswith(begins)] == []
    assert all(each.fix for each in remarks if not each.ok)
