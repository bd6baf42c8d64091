"""Audiences: saved rules and previews over the sample lakehouse."""

import asyncio

import pytest
from fastapi import HTTPException, Request

from api.patience import while_wanted
from orchestrator.lakehouse.engine import Statement
from tests.api.conftest import WAITING, publish

V1 = "/api/v1"
LOVERS = {"kind": "score", "category": "bread", "low": 0.7}


async def preview(http, rule, **how):
    return await http.post(f"{V1}/audiences/preview", json={"rule": rule, **how})


async def test_an_audience_is_kept_and_saved_over_only_with_its_revision(http):
    made = await http.post(f"{V1}/audiences", json={"name": "Bread lovers", "rule": LOVERS})
    assert made.status_code == 201
    assert made.json()["id"] == "bread-lovers"
    tag = made.headers["etag"]
    draft = {"name": "Lovers", "rule": LOVERS}
    saved = await http.put(f"{V1}/audiences/bread-lovers", json=draft, headers={"If-Match": tag})
    assert saved.json()["revision"] == 2
    stale = await http.put(f"{V1}/audiences/bread-lovers", json=draft, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["error"]["current"] == saved.json()
    assert (await http.put(f"{V1}/audiences/bread-lovers", json=draft)).status_code == 428
    assert saved.json()["used_in"] == []
    [listed] = (await http.get(f"{V1}/audiences")).json()["items"]
    assert listed == {name: value for name, value in saved.json().items() if name != "used_in"}
    assert (await http.post(f"{V1}/audiences", json={"id": "bread-lovers", **draft})).status_code == 409
    assert (await http.delete(f"{V1}/audiences/bread-lovers")).status_code == 204
    assert (await http.get(f"{V1}/audiences/bread-lovers")).status_code == 404


async def test_a_preview_counts_and_shows_no_contact(http):
    answer = (await preview(http, LOVERS, sample=5, breakdown="country")).json()
    assert answer["base"] == 2_000
    assert 0 < answer["count"] < 2_000
    assert answer["share"] == pytest.approx(answer["count"] / 2_000)
    assert sum(each["count"] for each in answer["breakdown"]) == answer["count"]
    assert len(answer["sample"]["rows"]) == 5
    assert not {"email", "phone", "first_name", "last_name", "birth_date"} & set(answer["sample"]["columns"])
    assert "@" not in str(answer["sample"])
    assert "$p0" in answer["sql"]
    shown = (await preview(http, LOVERS, sample=1, show_contacts=True)).json()
    assert "email" in shown["sample"]["columns"]


async def test_a_count_that_nobody_waits_for_is_called_off_in_the_lakehouse(parts):
    asked = asyncio.Event()
    endless = Statement(sql="SELECT COUNT(*) FROM range(1000000000000) AS a(i) WHERE i % 7 = 3")

    async def receive():
        await asked.wait()
        return {"type": "http.disconnect"}

    counting = asyncio.ensure_future(while_wanted(Request({"type": "http"}, receive), parts.engine.rows(endless)))
    await asyncio.sleep(0.1)
    asked.set()
    with pytest.raises(HTTPException):
        await asyncio.wait_for(counting, 20)


async def test_a_rule_may_use_a_saved_audience(http):
    await http.post(f"{V1}/audiences", json={"id": "lovers", "name": "Lovers", "rule": LOVERS})
    plain = (await preview(http, LOVERS)).json()["count"]
    inside = {"kind": "in_audience", "audience_id": "lovers"}
    assert (await preview(http, inside)).json()["count"] == plain
    assert (await preview(http, {"kind": "not", "rule": inside})).json()["count"] == 2_000 - plain


async def test_an_audience_names_the_journeys_that_use_it_and_is_not_deleted_under_them(http, worker, unique):
    inside = {"kind": "in_audience", "audience_id": "lovers"}
    for name, rule in (("lovers", LOVERS), ("both", inside), ("alone", inside)):
        await http.post(f"{V1}/audiences", json={"id": name, "name": name.title(), "rule": rule})
    named = {"kind": "not", "rule": {"kind": "in_audience", "audience_id": "both"}}
    nodes = [{**WAITING["nodes"][0], "data": {"rule": named}}, *WAITING["nodes"][1:]]
    await publish(http, unique, WAITING | {"nodes": nodes})
    await http.post(f"{V1}/journeys/{unique}/start")
    other = await http.post(f"{V1}/journeys", json={"document": {"name": "Half", "nodes": [
        {"id": "a", "type": "split", "data": {"rule": inside, "half": "done"}}]}})  # fmt: skip
    found = (await http.get(f"{V1}/audiences/lovers")).json()
    assert [(use["name"], use["status"], use["where"], use["through"]) for use in found["used_in"]] == [
        ("Half", "draft", "draft", []),
        ("Waiting", "live", "draft", ["both"]),
        ("Waiting", "live", "live", ["both"]),
    ]
    assert found["used_in"][0]["journey_id"] == other.json()["id"]
    counts = {each["id"]: each["journey_count"] for each in (await http.get(f"{V1}/audiences")).json()["items"]}
    assert counts == {"lovers": 2, "both": 1, "alone": 0}

    refused = await http.delete(f"{V1}/audiences/lovers")
    assert refused.status_code == 409
    assert refused.json()["error"]["text"] == (
        "it is used in “Half” (draft), “Waiting” (draft), “Waiting” (live), the audience “Alone”, the audience “Both”"
    )
    tag = (await http.get(f"{V1}/journeys/{unique}")).headers["etag"]
    await http.put(f"{V1}/journeys/{unique}", json={"document": WAITING}, headers={"If-Match": tag})
    both = (await http.get(f"{V1}/audiences/both")).json()
    assert [use["where"] for use in both["used_in"]] == ["live"], "its version under way still names it"
    await http.post(f"{V1}/journeys/{unique}/stop")
    assert (await http.delete(f"{V1}/audiences/both")).status_code == 204


async def test_an_audience_inside_itself_is_a_problem(http):
    for this, other in (("a", "b"), ("b", "a")):
        rule = {"kind": "in_audience", "audience_id": other}
        await http.post(f"{V1}/audiences", json={"id": this, "name": this, "rule": rule})
    answer = await preview(http, {"kind": "in_audience", "audience_id": "a"})
    assert answer.status_code == 422
    assert answer.json()["error"]["problems"][0]["code"] == "circle"


async def test_unknown_names_come_with_the_nearest_one(http):
    rule = {"kind": "any", "of": [{"kind": "is_set", "column": "emial"}, {"kind": "score", "category": "bred"}]}
    error = (await preview(http, rule)).json()["error"]
    assert error["code"] == "invalid"
    assert [(p["path"], p["fix"]) for p in error["problems"]] == [
        (["of", 0, "column"], "did you mean 'email'?"),
        (["of", 1, "category"], "did you mean 'bread'?"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        None,
        [],
        {},
        {"kind": "zz-canary"},
        {"kind": "sql", "text": "zz-canary"},
        {"kind": "number", "column": "points", "op": "zz-canary", "value": 1},
        {"kind": "number", "column": "points", "op": "between", "value": 1},
        {"kind": "number", "column": "points", "op": "=", "value": "zz-canary"},
        {"kind": "number", "column": "points", "op": "=", "value": 1, "zz": "zz-canary"},
        {"kind": "date", "column": "birth_date", "op": "on", "value": "zz-canary"},
        {"kind": "all", "of": [{"kind": "any", "of": [{"kind": "text", "column": "zz-canary"}]}]},
    ],
)
async def test_what_is_no_rule_is_refused_and_not_echoed(http, rule):
    answer = await preview(http, rule)
    assert answer.status_code == 422
    assert answer.json()["error"]["problems"]
    assert "canary" not in answer.text


async def test_a_rule_nested_too_deep_is_refused(http):
    rule = LOVERS
    for _ in range(20):
        rule = {"kind": "not", "rule": rule}
    error = (await preview(http, rule)).json()["error"]
    assert "too_deep" in {p["code"] for p in error["problems"]}


async def test_personal_columns_cannot_be_read_by_dividing(http):
    answer = await preview(http, LOVERS, breakdown="email")
    assert answer.status_code == 422
    assert "personal" in answer.json()["error"]["text"]


async def test_many_previews_at_once(http):
    answers = await asyncio.gather(*(preview(http, LOVERS, sample=1) for _ in range(20)))
    assert len({each.text for each in answers}) == 1
