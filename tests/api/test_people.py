"""The people in a journey over HTTP, with the real worker and the sample lakehouse."""

import asyncio

import pytest

from tests.api.conftest import SPLIT, WAITING, publish, until

V1 = "/api/v1"
AFTER = {"arrived_at": "2026-01-01T00:00:00Z", "member_id": "1", "visit_no": 1}


async def people(http, journey_id, **asked):
    return await http.post(f"{V1}/journeys/{journey_id}/people", json=asked)


async def test_the_people_at_a_step_are_read_page_by_page_without_a_contact(http, worker, unique):
    await publish(http, unique, SPLIT)
    nobody = (await people(http, unique, node="lovers")).json()
    assert nobody["rows"] == []
    await http.post(f"{V1}/journeys/{unique}/start")
    await until(http, unique, "finished")
    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    asked = {"node": "yes", "state": "through", "columns": ["country", "last_name", "propensities.bread"], "limit": 200}
    seen, after = [], None
    while not seen or after:
        page = (await people(http, unique, **asked, after=after)).json()
        assert page["withheld"] == ["last_name"]
        seen += page["rows"]
        after = page["next"]
    assert len({row["member_id"] for row in seen}) == len(seen) == report["nodes"]["yes"]["arrived"]
    assert all(row["values"][1] >= 0.7 and row["ending"] == "exit:loves" for row in seen)
    assert seen[0]["arrived_at"].endswith("Z")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"node": "lover"}, 404),
        ({"node": "lovers", "columns": ["contry"]}, 422),
        ({"node": "lovers", "limit": 201}, 422),
        ({"node": "lovers", "state": "zz-canary"}, 422),
        ({"node": "lovers", "after": AFTER | {"member_id": "zz-canary"}}, 404),
        ({"node": "lovers", "after": AFTER | {"arrived_at": "2026-01-01T00:00:00"}}, 422),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_and_not_echoed(http, unique, asked, status):
    await publish(http, unique, SPLIT)
    answer = await people(http, unique, **asked)
    assert answer.status_code == status, answer.text
    assert "canary" not in answer.text


async def test_a_draft_has_nobody_in_it(http, unique):
    await http.post(f"{V1}/journeys", json={"id": unique, "document": SPLIT})
    page = (await people(http, unique, node="lovers", columns=["country"])).json()
    assert (page["rows"], page["next"]) == ([], None)
    assert (await people(http, "no-such", node="lovers")).status_code == 404


async def why(http, journey_id, member_id, **asked):
    answer = await http.post(f"{V1}/journeys/{journey_id}/people/why", json={"member_id": member_id, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def members(http, rule):
    """Some members for whom the rule holds."""
    asked = {"rule": rule, "sample": 5, "show_contacts": False}
    sample = (await http.post(f"{V1}/audiences/preview", json=asked)).json()["sample"]
    at = sample["columns"].index("customer_id")
    return [str(row[at]) for row in sample["rows"]]


async def test_why_somebody_is_in_a_journey_and_why_not(http, worker, unique):
    lovers = {"kind": "score", "category": "bread", "low": 0.7}
    await http.post(f"{V1}/audiences", json={"id": "lovers", "name": "Lovers", "rule": lovers})
    entry = {
        "kind": "all",
        "of": [{"kind": "in_audience", "audience_id": "lovers"}, {"kind": "consent", "purpose": "email"}],
    }
    document = WAITING | {"nodes": [{**WAITING["nodes"][0], "data": {"rule": entry}}, *WAITING["nodes"][1:]]}
    [insider, *_] = await members(http, entry)
    [outsider, *_] = await members(http, {"kind": "not", "rule": lovers})

    await http.post(f"{V1}/journeys", json={"id": unique, "document": document})
    draft = await why(http, unique, insider)
    assert (draft["standing"], draft["source"], draft["entries"][0]["holds"]) == ("outside", "draft", True)
    assert draft["text"] == "Meets the rule of “Audience”, but the journey is not running."

    await publish(http, unique, document)
    await http.post(f"{V1}/journeys/{unique}/start")
    inside = await why(http, unique, insider)
    for _ in range(100):
        if inside["visits"] and inside["visits"][0]["at"] == "month":
            break
        await asyncio.sleep(0.1)
        inside = await why(http, unique, insider)
    assert (inside["standing"], inside["text"], inside["entries"]) == ("inside", "Is at “Wait”.", [])
    [visit] = inside["visits"]
    assert (visit["at"], [stop["node_id"] for stop in visit["path"]]) == ("month", ["everybody", "month"])
    assert visit["due_at"] > visit["path"][1]["arrived_at"]

    outside = await why(http, unique, outsider)
    assert outside["text"] == "Does not meet the rule of “Audience”."
    [told] = outside["entries"]
    assert (outside["source"], outside["version"], told["schedule"]) == ("live", 1, "Comes in once, at the start")
    assert told["looked_at"]
    [score] = told["rule"]["parts"][0]["parts"]
    assert (told["rule"]["verdict"], score["text"]) == ("no", "bread score ≥ 0.7")
    assert score["actual"] is None or score["actual"] < 0.7
    for nobody in ("99999999", "zz-canary"):
        answer = await why(http, unique, nobody)
        assert (answer["is_customer"], answer["text"]) == (False, "There is no customer with this id.")
    await http.post(f"{V1}/journeys/{unique}/stop")
    assert (await why(http, unique, insider))["visits"][0]["ending"] == "stopped"


async def test_a_draft_says_why_its_rule_cannot_be_asked(http, unique):
    entry = {"kind": "in_audience", "audience_id": "gone"}
    nodes = [
        {"id": "a", "type": "entry", "data": {"rule": entry}},
        {"id": "b", "type": "entry", "data": {}},
        {
            "id": "c",
            "type": "entry",
            "data": {"rule": {"kind": "text", "column": "email", "op": "contains", "value": "@"}},
        },
    ]
    await http.post(f"{V1}/journeys", json={"id": unique, "document": {"name": "Draft", "nodes": nodes}})
    [member] = (await members(http, nodes[2]["data"]["rule"]))[:1]
    answer = await why(http, unique, member)
    assert [entry["problem"] for entry in answer["entries"]] == [
        "there is no audience 'gone'", "it is not set up yet", ""
    ]  # fmt: skip
    told = answer["entries"][2]["rule"]
    assert (told["verdict"], told["withheld"], told["actual"]) == ("yes", True, None)
    shown = await why(http, unique, member, show_contacts=True)
    assert "@" in shown["entries"][2]["rule"]["actual"]


async def test_a_member_is_taken_out_by_hand_and_reached_no_more(http, worker, parts, unique):
    again = {**WAITING, "settings": {"reentry": {"kind": "always"}}}
    await publish(http, unique, again)
    await http.post(f"{V1}/journeys/{unique}/start")
    while (await http.get(f"{V1}/journeys/{unique}/report")).json()["entered"] < 2_000:
        await asyncio.sleep(0.1)
    taken = f"{V1}/journeys/{unique}/people/remove"
    assert (await http.post(taken, json={"member_id": "7"})).json() == {"removed": True}
    assert (await http.post(taken, json={"member_id": "7"})).json() == {"removed": False}
    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert (report["inside"], report["endings"]) == (1_999, [{"node_id": "month", "reason": "removed", "count": 1}])
    assert (await why(http, unique, "7"))["visits"][0]["ending"] == "removed"
    assert (await http.get(f"{V1}/journeys/{unique}/verify")).json()["clean"]
    await http.post(f"{V1}/journeys/{unique}/stop")

    assert (await http.post(f"{V1}/suppressions", json={"member_id": "7", "purpose": "email"})).status_code == 204
    unknown = await http.post(f"{V1}/suppressions", json={"member_id": "7", "purpose": "e-mail"})
    assert (unknown.status_code, unknown.json()["error"]["place"]) == (404, "purpose")
    assert "email" in unknown.json()["error"]["fix"]


async def test_an_erased_member_is_gone_from_every_page_and_the_counts_stay(http, worker, unique):
    await publish(http, unique, WAITING)
    await http.post(f"{V1}/journeys/{unique}/start")

    async def rows():
        found = await people(http, unique, node="month", limit=200)
        return found.json()["rows"]

    async with asyncio.timeout(20):
        while not (before := await rows()):
            await asyncio.sleep(0.1)
    member = before[0]["member_id"]
    count = (await http.get(f"{V1}/journeys/{unique}/report")).json()["nodes"]["month"]["arrived"]
    done = await http.post(f"{V1}/erasures", json={"member_id": member})
    assert done.json() == {"erased": True, "under_way": 0, "audiences": 0, "audiences_left": 0}
    assert member not in {row["member_id"] for row in await rows()}
    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert report["nodes"]["month"]["arrived"] == count
    assert [each["count"] for each in report["endings"] if each["reason"] == "erased"] == [1], report["endings"]
    assert (await http.get(f"{V1}/journeys/{unique}/verify")).json()["clean"]
    assert (await http.post(f"{V1}/erasures", json={"member_id": "nobody"})).status_code == 404
    await http.post(f"{V1}/journeys/{unique}/stop")
