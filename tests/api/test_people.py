"""The people in a journey over HTTP, with the real worker and the sample lakehouse."""

import pytest

from tests.api.conftest import SPLIT, publish, until

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
