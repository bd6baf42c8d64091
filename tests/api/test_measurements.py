"""Sizes of audiences over time, and audits of journeys, over the API."""

from datetime import timedelta

import httpx2

from api.deps import Parts
from orchestrator.store.records import AuditRecord, SizeRecord
from tests.api.conftest import AS_OF, SPLIT

RULE = {"kind": "score", "category": "bread", "low": 0.7}


async def test_looking_at_a_saved_rule_keeps_its_size(http: httpx2.AsyncClient, parts: Parts) -> None:
    for audience_id, rule in (("fans", RULE), ("same", RULE), ("others", {"kind": "all", "of": []})):
        await http.post("/api/v1/audiences", json={"id": audience_id, "name": audience_id, "rule": rule})
    assert (await http.get("/api/v1/audiences/fans/sizes")).json() == {"items": []}
    await parts.measurements.add_sizes([SizeRecord("fans", AS_OF - timedelta(days=1), 1, 2)])
    parts.clock = lambda: AS_OF
    counted = (await http.post("/api/v1/audiences/preview", json={"rule": RULE})).json()
    await http.post("/api/v1/audiences/preview", json={"rule": {**RULE, "low": 0.71}})
    await http.post("/api/v1/audiences/preview", json={"rule": RULE, "sample": 3})
    point = {"at": "2026-11-20T12:00:00Z", "people": counted["count"], "base": 2_000}
    fans, same, others = [
        (await http.get(f"/api/v1/audiences/{each}/sizes")).json()["items"] for each in ("fans", "same", "others")
    ]
    assert fans == [{"at": "2026-11-19T12:00:00Z", "people": 1, "base": 2}, point]
    assert same == [point]
    assert others == []
    listed = (await http.get("/api/v1/audiences")).json()["items"]
    assert {each["id"]: each["last_size"] for each in listed} == {"fans": point, "same": point, "others": None}
    assert (await http.get("/api/v1/audiences/nobody/sizes")).status_code == 404


async def test_audits_are_told_the_last_of_each_journey_and_all_of_one(http: httpx2.AsyncClient, parts: Parts) -> None:
    await http.post("/api/v1/journeys", json={"id": "split", "document": SPLIT})
    assert (await http.get("/api/v1/audits")).json() == {"items": []}
    yesterday = AS_OF - timedelta(days=1)
    broken = {"a visit is there once": 2}
    await parts.measurements.add_audits(
        [AuditRecord("split", yesterday, {}), AuditRecord("gone", yesterday, {}), AuditRecord("split", AS_OF, broken)]
    )
    gone, split = (await http.get("/api/v1/audits")).json()["items"]
    assert (gone["name"], gone["clean"], gone["violations"]) == ("gone", True, [])
    assert split == {
        "journey_id": "split",
        "name": "Split",
        "at": "2026-11-20T12:00:00Z",
        "clean": False,
        "violations": [{"text": "a visit is there once", "count": 2}],
    }
    history = (await http.get("/api/v1/journeys/split/audits")).json()["items"]
    assert [each["clean"] for each in history] == [False, True]
    assert (await http.get("/api/v1/journeys/gone/audits")).status_code == 404
