"""Members posted by another system: in at once, once for each request, and refused with a reason or a clear error."""

import asyncio

import pytest

from tests.api.conftest import WAITING, publish

V1 = "/api/v1"


def journey(**settings: object) -> dict[str, object]:
    desk, *rest = WAITING["nodes"]
    return {**WAITING, "settings": settings, "nodes": [{**desk, "type": "api_entry", "data": {"keyed": True}}, *rest]}


async def post(http, journey_id: str, key: str, *members: object, **body: object):
    rows = [{"member_id": str(each[0]), "key": each[1]} if isinstance(each, tuple) else each for each in members]
    where = f"{V1}/journeys/{journey_id}/entries"
    return await http.post(where, json={"members": rows, **body}, headers={"Idempotency-Key": key})


async def report(http, journey_id: str, entered: int, refused: dict[str, int]) -> None:
    """Waits for the counts."""
    for _ in range(100):
        found = (await http.get(f"{V1}/journeys/{journey_id}/report")).json()
        if (found["entered"], found["refused"]) == (entered, refused):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{found['entered']} entered, refused were {found['refused']}")


async def test_whoever_is_posted_comes_in_at_once_and_once(http, worker, unique):
    await publish(http, unique, journey())
    refused = await post(http, unique, "early", (1, "a"))
    assert (refused.status_code, refused.json()["error"]["text"]) == (409, "it is not running")
    await http.post(f"{V1}/journeys/{unique}/start")
    await report(http, unique, 0, {})

    first = [(1, "a"), (1, "b"), (2, None), (99_999_999, "a")]
    answer = await post(http, unique, "r1", *first)
    assert (answer.status_code, answer.json()) == (202, {"entry": "everybody", "members": 4, "repeated": False})
    await report(http, unique, 2, {"no_key": 1, "no_customer": 1})
    assert (await post(http, unique, "r1", *first)).json()["repeated"]
    again = await post(http, unique, "r1", (3, "a"))
    assert (again.status_code, again.json()["error"]["place"]) == (409, "Idempotency-Key")

    await http.post(f"{V1}/journeys/{unique}/pause")
    assert (await post(http, unique, "r2", (3, "a"))).status_code == 202
    await report(http, unique, 2, {"no_key": 1, "no_customer": 1})
    await http.post(f"{V1}/journeys/{unique}/resume")
    await report(http, unique, 3, {"no_key": 1, "no_customer": 1})

    told = (await http.post(f"{V1}/journeys/{unique}/people/why", json={"member_id": "1"})).json()
    assert [each["key"] for each in told["visits"]] == ["a", "b"]
    assert (await http.get(f"{V1}/journeys/{unique}/verify")).json()["clean"]


async def test_what_was_posted_to_a_run_that_was_stopped_comes_in_by_no_other(http, worker, unique):
    await publish(http, unique, journey())
    await http.post(f"{V1}/journeys/{unique}/start")
    await report(http, unique, 0, {})
    await http.post(f"{V1}/journeys/{unique}/pause")
    await post(http, unique, "r1", (1, "a"))
    await http.post(f"{V1}/journeys/{unique}/stop")
    assert (await post(http, unique, "r2", (2, "a"))).status_code == 409
    await http.post(f"{V1}/journeys/{unique}/start")
    await report(http, unique, 0, {"stopped": 1})
    await post(http, unique, "r2", (2, "a"))
    await report(http, unique, 1, {"stopped": 1})


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"members": []}, 422, "request"),
        ({"members": [{"member_id": "1"}, {"member_id": "Ann"}]}, 422, "members.1.member_id"),
        ({"members": [{"member_id": "1"}], "entry": "nowhere"}, 404, None),
    ],
)
async def test_a_bad_request_is_told_at_its_place_and_nobody_comes_in(http, worker, unique, body, status, place):
    await publish(http, unique, journey())
    await http.post(f"{V1}/journeys/{unique}/start")
    where = f"{V1}/journeys/{unique}/entries"
    assert (await http.post(where, json={"members": [{"member_id": "1"}]})).status_code == 422, "it has no key"
    answer = await http.post(where, json=body, headers={"Idempotency-Key": "r"})
    assert answer.status_code == status, answer.text
    assert place in (None, answer.json()["error"]["place"]), answer.text
    assert "Ann" not in answer.text
    await report(http, unique, 0, {})


async def test_only_a_journey_with_such_an_entry_takes_posts_and_only_one_with_keys_takes_keys(http, worker, unique):
    await publish(http, unique, WAITING)
    await http.post(f"{V1}/journeys/{unique}/start")
    refused = await post(http, unique, "r", (1, None))
    assert (refused.status_code, refused.json()["error"]["text"]) == (409, "nobody can be posted to it")
    other = f"{unique}b"
    drawing = journey()
    drawing["nodes"][0]["data"] = {}
    await publish(http, other, drawing)
    await http.post(f"{V1}/journeys/{other}/start")
    keyed = await post(http, other, "r", (1, "a"))
    assert (keyed.status_code, keyed.json()["error"]["place"]) == (422, "members.0.key")
