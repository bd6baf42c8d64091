"""The ad platform keeps sets, holds Meta's limits, and takes JSON as well as what the official SDKs send."""

import json
from hashlib import sha256
from urllib.parse import urlencode

import httpx2
import pytest

from sojourn.sandbox import MetaFaults

A, B, C = (sha256(name.encode()).hexdigest() for name in "abc")


def body(rows, schema=("EMAIL",), session=1):
    return {"payload": {"schema": schema, "data": rows}, "session": {"session_id": session, "batch_seq": 1}}


async def users(http, sandbox, method, sent, token=None, audience="77"):
    headers = {"Authorization": f"Bearer {token or sandbox.meta_token}"}
    return await http.request(method, f"/v26.0/{audience}/users", json=sent, headers=headers)


async def test_an_audience_is_a_set(sandbox, http):
    for rows in ([[A], [B]], [[B], [C]], [[A]]):
        answer = (await users(http, sandbox, "POST", body(rows, session=9))).json()
        assert answer == {
            "audience_id": "77", "session_id": "9", "num_received": len(rows), "num_invalid_entries": 0,
            "invalid_entry_samples": {},
        }  # fmt: skip
    await users(http, sandbox, "DELETE", body([[B]]))
    assert (await sandbox.facts())["audiences"] == {"77": {"size": 2, "requests": 4, "received": 6}}


async def test_a_person_is_known_by_the_first_hash_of_the_row(sandbox, http):
    await users(http, sandbox, "POST", body([[A, B], ["", C]], schema=["EMAIL", "PHONE"]))
    await users(http, sandbox, "DELETE", body([[A, ""]], schema=["EMAIL", "PHONE"]))
    assert (await sandbox.facts())["audiences"]["77"]["size"] == 1


async def test_what_is_no_hash_is_counted_and_not_kept(sandbox, http):
    answer = await users(http, sandbox, "POST", body([["zoe@example.com"], [""], [A], ["ab"]]))
    assert answer.json()["num_invalid_entries"] == 3
    assert (await sandbox.facts())["audiences"]["77"]["size"] == 1
    page = (await http.get("/audiences")).text
    assert "77" in page
    assert "zoe" not in page
    assert A not in page


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"payload": {"schema": ["EMAIL"], "data": [[A]]}},
        {"payload": {"data": [[A]]}, "session": {"session_id": 1}},
        body([[A, B]]),
        body([[A]] * 10_001),
        [],
    ],
)
async def test_bad_requests_get_error_100(sandbox, http, sent):
    answer = await users(http, sandbox, "POST", sent)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 100
    assert (await sandbox.facts())["audiences"] == {}


async def test_the_token_is_needed_everywhere(sandbox, http):
    assert (await users(http, sandbox, "POST", body([[A]]), token="wrong")).json()["error"]["code"] == 190
    for path in ("/v26.0/act_1", "/v26.0/77", "/v26.0/77/sessions"):
        assert (await http.get(path)).status_code == 401
        assert (await http.get(path, params={"access_token": sandbox.meta_token})).status_code == 200


async def test_forms_and_queries_as_the_official_sdk_sends_them(sandbox, http):
    sent = {name: json.dumps(value) for name, value in body([[A]]).items()} | {"access_token": sandbox.meta_token}
    form = await http.post("/v26.0/77/users", data=sent)
    assert form.json()["num_received"] == 1
    query = await http.delete(f"/v26.0/77/users?{urlencode(sent)}")
    assert query.json()["num_received"] == 1
    assert (await sandbox.facts())["audiences"]["77"] == {"size": 0, "requests": 2, "received": 2}


async def test_reads_tell_size_and_sessions(sandbox, http):
    await users(http, sandbox, "POST", body([[A], [B]], session=5))
    token = {"access_token": sandbox.meta_token}
    assert (await http.get("/v26.0/77", params=token)).json()["approximate_count_upper_bound"] == 2
    sessions = (await http.get("/v26.0/77/sessions", params=token)).json()["data"]
    assert sessions == [{"session_id": "5", "num_received": 2, "num_invalid_entries": 0}]
    assert (await http.get("/v26.0/act_3", params=token)).json()["id"] == "act_3"


async def test_errors_as_told_count_down(sandbox, http):
    await sandbox.err(meta=MetaFaults(fail_next=1, status=400, code=80003, regain_minutes=2, retry_after=1))
    answer = await users(http, sandbox, "POST", body([[A]]))
    assert answer.status_code == 400
    assert answer.headers["retry-after"] == "1.0"
    assert "estimated_time_to_regain_access" in answer.headers["x-business-use-case-usage"]
    assert (await users(http, sandbox, "POST", body([[A]]))).status_code == 200


async def test_a_dropped_reply_is_a_done_request(sandbox, http):
    await sandbox.err(meta=MetaFaults(drop_replies=1))
    with pytest.raises(httpx2.HTTPError):
        await users(http, sandbox, "POST", body([[A]]))
    assert (await sandbox.facts())["audiences"]["77"]["size"] == 1


async def test_faults_are_checked_before_they_are_set(sandbox, http):
    assert (await http.put("/faults", json={"smtp": {"latncy_ms": 5}})).status_code == 422
    assert (await http.get("/faults")).json()["smtp"]["latency_ms"] == 0
