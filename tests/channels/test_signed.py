"""Reports are taken only when they were signed, for these bytes, now: held against the vector that Svix publishes."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.channels.signed import verified
from orchestrator.errors import UserError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEADERS = {
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": "1614265330",
    "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY, NOW = b'{"test": 2432232314}', datetime.fromtimestamp(1614265330, UTC)


def test_a_report_that_was_signed_is_taken() -> None:
    assert verified(SECRET, HEADERS, BODY, NOW + timedelta(minutes=4)) == HEADERS["svix-id"]
    several = {**HEADERS, "svix-signature": f"v1,bm8= {HEADERS['svix-signature']} v2,other"}
    assert verified(SECRET, several, BODY, NOW)
    unbranded = {name.replace("svix", "webhook"): value for name, value in HEADERS.items()}
    assert verified(SECRET, unbranded, BODY, NOW)


@pytest.mark.parametrize(
    ("secret", "headers", "body", "late"),
    [
        (SECRET, {}, b'{"test": 2432232315}', 0),
        (SECRET, {"svix-id": "msg_other"}, BODY, 0),
        (SECRET, {"svix-timestamp": "1614265331"}, BODY, 0),
        (SECRET, {"svix-timestamp": "x" * 400}, BODY, 0),
        (SECRET, {"svix-timestamp": "9" * 400}, BODY, 0),
        (SECRET, {"svix-signature": ""}, BODY, 0),
        (SECRET, {"svix-signature": "v1,é"}, BODY, 0),
        (SECRET, {}, BODY, 6),
        (SECRET, {}, BODY, -6),
        ("whsec_AAAA", {}, BODY, 0),
        ("é", {}, BODY, 0),
    ],
)
def test_any_other_is_refused(secret: str, headers: dict[str, str], body: bytes, late: int) -> None:
    with pytest.raises(UserError, match="signature"):
        verified(secret, {**HEADERS, **headers}, body, NOW + timedelta(minutes=late))
