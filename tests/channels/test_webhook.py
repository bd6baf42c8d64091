"""webhook: signed, keyed, and never into the network that Sojourn runs in."""

import time
from base64 import b64decode, b64encode
from hashlib import sha256
from hmac import compare_digest, digest

import httpx2
import pytest
from pydantic import ValidationError

from orchestrator.channels.http_contract import HttpContract
from orchestrator.channels.public_address import allow_networks, is_reachable
from orchestrator.errors import UserError
from workers.channels.webhook import Webhook

SECRET = "whsec_" + b64encode(b"a-secret-of-24-bytes-len").decode()
WRONG = "whsec_" + b64encode(b"b-secret-of-24-bytes-len").decode()


@pytest.fixture(autouse=True)
def loopback():
    allow_networks(["127.0.0.0/8"])
    yield
    allow_networks([])


def connection(url, secret=SECRET):
    return Webhook.Connection(url=url, signing_secret=secret)


class TestContract(HttpContract):
    channel = Webhook
    secrets = (SECRET, WRONG)

    def provider(self, asked):
        id_, at = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        signed = digest(b64decode(SECRET[6:]), f"{id_}.{at}.".encode() + asked.body, sha256)
        version, _, signature = asked.headers["webhook-signature"].partition(",")
        if (
            version != "v1"
            or not compare_digest(b64encode(signed).decode(), signature)
            or abs(time.time() - int(at)) > 300
        ):
            return 401, {}
        content = asked.json()
        assert content["id"] == id_
        if len(content["members"]) > 100:
            return 413, {}
        if any(member["data"] == {"name": "refused"} for member in content["members"]):
            return 422, {"error": "somebody@example.com is not welcome"}
        if content["members"]:
            assert self.taken.setdefault(id_, content) == content
        return 200, {}

    def connection_to(self, url):
        return connection(url)

    def refused_connections(self):
        return [connection(self.url, WRONG)]

    def step(self):
        return Webhook.Step(event="bread.bought")

    def values(self, number):
        return {"data": f'{{"name": "Zoë {number}"}}'}

    def poison(self):
        names = [
            "",
            "no json",
            '{"name": ',
            "NaN",
            "[" * 100_000,
            '"' + "🍞" * 10_000 + '"',
            '{"name": "refused"}',
            '"\\u0000\\r\\n"',
        ]
        return [{"data": name} for name in names]


def test_what_is_no_json_for_somebody_without_values_is_told_when_it_is_written():
    Webhook.Step(data='{"name": {{ first_name | json }}, "points": {{ points | default: 0 }}}')
    Webhook.Step(data='{"name": "{{ first_name }}"}')
    with pytest.raises(ValidationError, match=r"write \{\{ name"):
        Webhook.Step(data='{"points": {{ points }}}')


@pytest.mark.parametrize(
    "address",
    ["127.1.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::1", "64:ff9b::a00:1"],
)  # fmt: skip
def test_private_addresses_are_not_reachable_unless_allowed(address):
    allow_networks([])
    assert not is_reachable(address)
    assert is_reachable("93.184.216.34")
    assert is_reachable("2606:2800:21f:cb07::1")
    with pytest.raises(UserError, match="one of the networks"):
        allow_networks(["10.1"])


async def test_a_name_that_leads_inside_is_refused_at_the_socket():
    allow_networks([])
    for url in ("http://localhost:9/", "http://127.0.0.1:9/", "http://[::1]:9/", "http://2130706433:9/"):
        with pytest.raises(UserError, match="leads into the network") as refused:
            await Webhook(connection(url)).check()
        assert refused.value.fix


async def test_a_redirect_is_not_followed_and_the_certificate_is_of_the_name(monkeypatch):
    asked = []

    async def elsewhere(self, request):
        asked.append((str(request.url), request.headers["host"], request.extensions["sni_hostname"]))
        return httpx2.Response(307, headers={"Location": "http://169.254.169.254/"}, request=request)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", elsewhere)
    with pytest.raises(UserError, match="HTTP 307"):
        await Webhook(connection("https://localhost/hook")).check()
    assert asked == [("https://127.0.0.1/hook", "localhost", "localhost")]
