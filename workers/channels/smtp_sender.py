"""What mail servers will look up of a sender: SPF, DKIM and DMARC in the DNS, said in plain words."""

import asyncio
import re

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdatatype import TXT
from dns.resolver import NXDOMAIN, NoAnswer

from orchestrator.channels.channel import Remark

_EXAMPLES = re.compile(r"(.*\.)?(example|test|invalid|localhost|example\.(com|net|org))")
_LIFETIME = 5.0


async def sender_remarks(sender: str, returns_to: str, selector: str, resolver: Resolver | None = None) -> list[Remark]:
    """Of a sender's domain and the one its bounces return to; `selector` names the DKIM key, empty: it is unknown.

    One of the three that cannot be looked up is said to be so; nothing is raised.
    """
    if _EXAMPLES.fullmatch(sender):
        return [Remark(ok=True, text=f"{sender} is a name for examples, so its DNS was not looked at")]
    try:
        dns = _Dns(resolver or Resolver())
    except DNSException:
        return [_unseen("The DNS")]
    found = [*await asyncio.gather(dns.spf(returns_to), dns.dkim(sender, selector), dns.dmarc(sender))]
    if not _aligned(sender, returns_to):
        text = f"Bounces return to {returns_to}, so SPF says nothing for {sender}: its DKIM key alone does"
        found.append(Remark(ok=bool(selector), text=text, fix=f"let them return to an address of {sender}"))
    return found


class _Dns:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def spf(self, domain: str) -> Remark:
        records = await self._texts(domain, "v=spf1")
        if records is None:
            return _unseen("SPF")
        if not records:
            fix = "publish the TXT record that your mail provider gives you; it begins with v=spf1"
            return Remark(ok=False, text=f"SPF is missing: {domain} does not say who may send for it", fix=fix)
        if len(records) > 1:
            text = f"SPF is there {len(records)} times at {domain}, which counts as none"
            return Remark(ok=False, text=text, fix="join the records into one")
        if re.search(r"(^|\s)\+?all(\s|$)", records[0]):
            text = f"SPF lets everybody send for {domain}"
            return Remark(ok=False, text=text, fix="end the record with ~all or -all")
        return Remark(ok=True, text=f"SPF: {domain} says who may send for it")

    async def dkim(self, domain: str, selector: str) -> Remark:
        if not selector:
            fix = "fill in the DKIM selector; your mail provider names it"
            return Remark(ok=False, text="DKIM was not looked up: its selector is not known here", fix=fix)
        records = await self._texts(f"{selector}._domainkey.{domain}", "")
        if records is None:
            return _unseen("DKIM")
        if not any(re.search(r"(^|;)\s*p=[^;\s]", each) for each in records):
            text = f"DKIM is missing: {domain} has no key named {selector}"
            return Remark(ok=False, text=text, fix="publish the TXT record that your mail provider gives you")
        return Remark(ok=True, text=f"DKIM: {domain} has a key named {selector}")

    async def dmarc(self, domain: str) -> Remark:
        """Of the domain, else of the one above it: a policy holds for what is below it, too."""
        names = [domain, domain.partition(".")[2]] if domain.count(".") > 1 else [domain]
        for name in names:
            records = await self._texts(f"_dmarc.{name}", "v=dmarc1")
            if records is None:
                return _unseen("DMARC")
            if records:
                policy = re.search(r";\s*p=(none|quarantine|reject)\b", records[0])
                if policy is None:
                    text = f"DMARC of {name} names no policy, so it does not count"
                    return Remark(ok=False, text=text, fix="write p=none, p=quarantine or p=reject into it")
                return Remark(ok=True, text=f"DMARC: {name} has the policy {policy[1]}")
        text = f"DMARC is missing: Gmail, Yahoo and Outlook refuse bulk mail from {domain}"
        return Remark(ok=False, text=text, fix=f"publish a TXT record at _dmarc.{domain}: v=DMARC1; p=none")

    async def _texts(self, name: str, begins: str) -> list[str] | None:
        """The TXT records that begin so, in small letters; None: nobody answers."""
        try:
            answer = await self._resolver.resolve(f"{name}.", TXT, lifetime=_LIFETIME, search=False)
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError):
            return None
        texts = [b"".join(each.strings).decode("utf-8", "replace").lower().strip() for each in answer]
        return [each for each in texts if each.startswith(begins)]


def _unseen(what: str) -> Remark:
    return Remark(ok=False, text=f"{what} could not be looked up", fix="check that this machine may ask the DNS")


def _aligned(sender: str, returns_to: str) -> bool:
    """Whether receivers take one for the other's, as far as can be told without a list of public suffixes."""
    return sender == returns_to or sender.endswith(f".{returns_to}") or returns_to.endswith(f".{sender}")
