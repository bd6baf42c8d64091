"""Requests to an address that somebody typed: they never reach into the network that Sojourn runs in.

The name is resolved, every address it has is looked at, and the connection is made to one of those – a second look-up
could find another one.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx2

from orchestrator.errors import UserError

_ALLOWED: set[object] = set()
_NAT64 = IPv6Network("64:ff9b::/96")


def allow_networks(networks: Iterable[str]) -> None:
    """Networks that may be reached besides public addresses, as 10.1.0.0/16; said once, by the main that starts."""
    try:
        found = {ip_network(each) for each in networks}
    except ValueError:
        fix = "write it as 10.1.0.0/16"
        raise UserError("one of the networks is none", place="SOJOURN_PRIVATE_NETWORKS", fix=fix) from None
    _ALLOWED.clear()
    _ALLOWED.update(found)


def is_reachable(address: str) -> bool:
    """Whether requests may go to the IP address: it is public, or in an allowed network."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip)
    return (ip.is_global and not ip.is_multicast) or any(ip in network for network in _ALLOWED)  # type: ignore[operator]


class PublicTransport(httpx2.AsyncHTTPTransport):
    """Connects to the address that was looked at; the certificate is checked against the name."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises UserError for an address that may not be reached, ConnectError for a name that has none."""
        host = request.url.host
        try:
            async with asyncio.timeout((request.extensions.get("timeout") or {}).get("connect")):
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError):
            raise httpx2.ConnectError("the name has no address", request=request) from None
        addresses = [str(each[4][0]) for each in found]
        if not all(map(is_reachable, addresses)):
            text = "the address leads into the network that Sojourn runs in"
            fix = "use a public address, or have SOJOURN_PRIVATE_NETWORKS allow it"
            raise UserError(text, place="connection", fix=fix)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=addresses[0])
        return await super().handle_async_request(request)
