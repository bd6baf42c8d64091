"""A test send reaches one inbox, says it is a test, and says in plain words when it does not."""

import httpx2
import pytest

from orchestrator.channels.trial import contact_of, send_trial
from orchestrator.errors import Invalid
from sojourn.sandbox import Drop, Reply, SmtpFaults
from tests.channels.test_email_smtp import STEP, connection, values
from workers.channels.audience_meta import AudienceMeta
from workers.channels.email_smtp import EmailSmtp

ME = "me@shop.example"
FIELDS = {name: text for name, text in values().items() if name != "email"}


async def trial(sandbox, **changes):
    return await send_trial(EmailSmtp(connection(sandbox, **changes)), STEP, FIELDS, ME)


async def test_it_arrives_at_the_typed_address_marked_as_a_test(sandbox):
    answer = await trial(sandbox)
    assert (answer.accepted, answer.text, answer.reason) == (True, "Accepted for delivery.", None)
    async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
        inbox = (await http.get("/")).text
    assert "[Test] Bread for 1" in inbox
    assert ME in inbox
    assert (await trial(sandbox)).accepted
    assert sorted((await sandbox.message_counts()).values()) == [1, 1], "two tests are two messages"


@pytest.mark.parametrize(
    ("faults", "text"),
    [
        (SmtpFaults(replies=[Reply(code=550, at="rcpt")]), "The provider refuses it (smtp_550)."),
        (SmtpFaults(replies=[Reply(code=451, at="rcpt")]), "The provider asks to try again later (smtp_451)."),
        (SmtpFaults(replies=[Reply(code=553, at="mail")]), "The server refuses the sender (smtp_553)."),
        (SmtpFaults(drop=Drop(stored=True)), "The provider gave no answer: it may have arrived, or not."),
    ],
)
async def test_a_refusal_is_told_in_plain_words(sandbox, faults, text):
    await sandbox.err(smtp=faults)
    answer = await trial(sandbox)
    assert (answer.accepted, answer.text) == (False, text)


async def test_a_server_that_is_away_is_told_without_a_promise_to_try_again(sandbox, closed_port):
    answer = await trial(sandbox, port=closed_port)
    assert answer.text == f"The mail server cannot be reached (127.0.0.1:{closed_port})."
    assert (answer.accepted, answer.reason, answer.fix) == (False, "channel_away", "")


def test_a_channel_without_addresses_has_no_test_send():
    assert contact_of(EmailSmtp) == "email"
    with pytest.raises(Invalid, match="sends no messages"):
        contact_of(AudienceMeta)
