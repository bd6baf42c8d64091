"""From a drawing to counts: publish, start, pause, resume, stop, and start again – with the real worker."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.main import create_app
from api.temporal import Runner
from orchestrator.errors import LakehouseAway
from orchestrator.lakehouse.engine import Statement
from tests.api.conftest import BASE, QUEUE, SPLIT, WAITING, publish, until

V1 = "/api/v1"


async def test_a_journey_from_drawing_to_counts(http, worker, unique):
    version = await publish(http, unique, SPLIT)
    assert version["version"] == 1
    assert version["note"] == "for a test"
    before = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert (before["status"], before["entered"]) == ("published", 0)

    started = await http.post(f"{V1}/journeys/{unique}/start", json={})
    assert started.status_code == 202
    run = started.json()
    assert (run["status"], run["version"], run["plan_hash"]) == ("live", 1, version["plan_hash"])
    assert run["workflow_url"] == f"http://127.0.0.1:8233/namespaces/default/workflows/journey%2F{unique}"
    await until(http, unique, "finished")

    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert report["entered"] == report["ended"] == 2_000
    assert report["inside"] == 0
    assert all(each["arrived"] == each["left"] + each["here"] for each in report["nodes"].values())
    assert report["edges"]["e1"] == report["edges"]["e2"] + report["edges"]["e3"] == 2_000
    assert {each["reason"] for each in report["endings"]} == {"exit:loves", "exit:does_not"}

    verified = (await http.get(f"{V1}/journeys/{unique}/verify")).json()
    assert verified["clean"], verified
    assert len(verified["checked"]) > 3

    [row] = (await http.get(f"{V1}/journeys")).json()["items"]
    assert row["counts"] == {"entered": 2_000, "inside": 0, "ended": 2_000, "converted": 0}
    assert (row["sent"], row["next_due_at"]) == (0, None)
    assert (row["status"], row["version"]) == ("finished", 1)
    assert (await http.delete(f"{V1}/journeys/{unique}")).status_code == 204
    assert (await http.post(f"{V1}/journeys", json={"id": unique, "document": SPLIT})).status_code == 409


async def test_pause_resume_stop_and_start_again(http, worker, parts, unique):
    await publish(http, unique, WAITING)
    assert (await http.delete(f"{V1}/journeys/{unique}")).status_code == 409, "published: it may be about to start"
    assert (await http.get(f"{V1}/journeys/{unique}/run")).status_code == 404
    assert (await http.post(f"{V1}/journeys/{unique}/pause")).status_code == 404
    await http.post(f"{V1}/journeys/{unique}/start")
    again = await http.post(f"{V1}/journeys/{unique}/start")
    assert again.status_code == 409
    assert "stop it first" in again.json()["error"]["fix"]
    assert (await http.delete(f"{V1}/journeys/{unique}")).status_code == 409

    paused = (await http.post(f"{V1}/journeys/{unique}/pause")).json()
    assert paused["status"] == "paused"
    assert (await http.get(f"{V1}/journeys/{unique}")).json()["status"] == "paused"
    assert (await http.post(f"{V1}/journeys/{unique}/resume")).json()["status"] == "live"
    assert (await parts.runner.state(unique)).status == "live"
    stopped = (await http.post(f"{V1}/journeys/{unique}/stop")).json()
    assert stopped["status"] == "stopped"
    assert (await http.post(f"{V1}/journeys/{unique}/pause")).status_code == 409
    wave = (await parts.store.run(unique)).wave
    assert wave > 0

    document = WAITING | {"name": "Waiting, again"}
    assert (await publish(http, unique, document))["version"] == 2
    assert (await http.post(f"{V1}/journeys/{unique}/start", json={"version": 9})).status_code == 404
    run = (await http.post(f"{V1}/journeys/{unique}/start")).json()
    assert (run["version"], run["status"]) == (2, "live")
    for _ in range(100):
        if (await parts.store.run(unique)).wave > wave:
            break
        await asyncio.sleep(0.1)
    assert (await parts.store.run(unique)).wave > wave, "waves go on counting"
    await http.post(f"{V1}/journeys/{unique}/stop")
    run = (await http.post(f"{V1}/journeys/{unique}/start", json={"version": 1})).json()
    assert run["version"] == 1
    await http.post(f"{V1}/journeys/{unique}/stop")


async def test_runs_of_all_journeys_are_listed_the_newest_first(http, worker, parts, unique):
    assert (await http.get(f"{V1}/runs")).json() == {"items": []}
    over, waiting = f"{unique}a", f"{unique}b"
    for journey_id, document in ((over, SPLIT), (waiting, WAITING)):
        await publish(http, journey_id, document)
        await http.post(f"{V1}/journeys/{journey_id}/start")
    await until(http, over, "finished")
    for channel, outcome in (("email.smtp", "accepted"), ("email.smtp", "rejected"), ("audience.meta", "accepted")):
        values = {"journey": waiting, "channel": channel, "outcome": outcome}
        insert = f"INSERT INTO {parts.ledger_schema}.deliveries (journey_id, channel, outcome)"
        text = f"{insert} VALUES ($journey, $channel, $outcome)"
        await parts.engine.write([Statement(sql=text, runtime=tuple(values))], values)
    for _ in range(100):
        newest, first = (await http.get(f"{V1}/runs")).json()["items"]
        if newest["next_due_at"]:
            break
        await asyncio.sleep(0.1)
    assert (newest["journey_id"], newest["name"], newest["status"]) == (waiting, "Waiting", "live")
    assert (newest["counts"]["inside"], newest["sent"], newest["ended_at"], newest["trouble"]) == (2_000, 1, None, "")
    assert newest["next_due_at"] > newest["as_of"]
    assert newest["workflow_url"].endswith(f"/workflows/journey%2F{waiting}")
    assert (first["journey_id"], first["version"], first["status"]) == (over, 1, "finished")
    assert first["ended_at"] > first["started_at"]
    row = next(each for each in (await http.get(f"{V1}/journeys")).json()["items"] if each["id"] == waiting)
    assert (row["sent"], row["next_due_at"]) == (1, newest["next_due_at"])
    report = (await http.get(f"{V1}/journeys/{waiting}/report")).json()
    due = [report["nodes"][node_id]["next_due_at"] for node_id in ("everybody", "month", "out")]
    assert due == [None, newest["next_due_at"], None]

    await http.delete(f"{V1}/journeys/{over}")
    await parts.store.record_run(waiting, trouble="the mail server cannot be reached")
    newest, first = (await http.get(f"{V1}/runs")).json()["items"]
    assert (first["name"], first["is_deleted"], newest["is_deleted"]) == ("Split", True, False)
    assert newest["trouble"] == "the mail server cannot be reached"
    await http.post(f"{V1}/journeys/{waiting}/stop")


async def test_what_publishing_means_for_people_inside(http, worker, unique):
    facts = f"{V1}/journeys/{unique}/publish-facts"
    await publish(http, unique, WAITING)
    nobody = {"revision": 1, "running": None, "inside": 0, "nodes": {}, "deleted": []}
    assert (await http.get(facts)).json() == nobody
    await http.post(f"{V1}/journeys/{unique}/start")
    for _ in range(100):
        found = (await http.get(facts)).json()
        if found["nodes"]:
            break
        await asyncio.sleep(0.1)
    assert found == nobody | {
        "running": {"version": 1, "status": "live"}, "inside": 2_000, "nodes": {"month": 2_000}
    }  # fmt: skip
    draft = WAITING | {"nodes": [WAITING["nodes"][0], WAITING["nodes"][2]], "edges": []}
    await http.put(f"{V1}/journeys/{unique}", json={"document": draft}, headers={"If-Match": '"1"'})
    found = (await http.get(facts)).json()
    assert (found["revision"], found["deleted"]) == (2, [{"node_id": "month", "name": "Wait", "inside": 2_000}])
    await http.post(f"{V1}/journeys/{unique}/stop")
    assert (await http.get(facts)).json() == nobody | {"revision": 2}


async def test_a_new_version_is_adopted_while_people_are_inside(http, worker, parts, unique):
    adopt, run = f"{V1}/journeys/{unique}/adopt", f"{V1}/journeys/{unique}/run"

    async def refused(body, status, place):
        answer = await http.post(adopt, json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["place"], bool(error["fix"])) == (status, place, True), error

    async def save(document):
        revision = (await http.get(f"{V1}/journeys/{unique}")).json()["revision"]
        headers = {"If-Match": f'"{revision}"'}
        assert (await http.put(f"{V1}/journeys/{unique}", json={"document": document}, headers=headers)).is_success
        return (await http.post(f"{V1}/journeys/{unique}/publish", json={})).json()["version"]

    await publish(http, unique, WAITING)
    assert (await http.post(adopt)).status_code == 404, "it was never started"
    await http.post(f"{V1}/journeys/{unique}/start")
    for _ in range(100):
        report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
        if report["nodes"]["month"]["here"]:
            break
        await asyncio.sleep(0.1)
    await refused({}, 409, "version")
    entry, month, done = WAITING["nodes"]
    renamed = [entry, month | {"id": "week", "data": {"duration": "P7D"}}, done]
    lines = [WAITING["edges"][0] | {"target": "week"}, WAITING["edges"][1] | {"source": "week"}]
    assert await save(WAITING | {"nodes": renamed, "edges": lines}) == 2
    await refused({"version": 7}, 404, f"journey {unique}")
    await refused({"targets": {"month": None}}, 422, "targets")
    await refused({"people": "move"}, 409, "targets.month")
    await refused({"people": "move", "targets": {"month": "nowhere"}}, 422, "targets.month")
    await refused({"people": "move", "targets": {"month": entry["id"]}}, 422, "targets.month")

    pinned = (await http.post(adopt)).json()
    assert (pinned["status"], pinned["version"], pinned["versions"]) == ("live", 2, [1, 2])
    assert (await http.get(run)).json() == pinned
    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert (report["version"], report["versions"], report["nodes"]["month"]["here"]) == (2, [1, 2], 2_000)
    shown = (await http.post(f"{V1}/journeys/{unique}/people", json={"node": "month", "limit": 1})).json()["rows"]
    assert shown[0]["due_at"] > shown[0]["arrived_at"], "the older version's wait"
    facts = (await http.get(f"{V1}/journeys/{unique}/publish-facts")).json()
    assert [(each["node_id"], each["name"]) for each in facts["deleted"]] == [("month", "Wait")]

    assert await save(WAITING | {"nodes": renamed, "edges": lines, "name": "Third"}) == 3
    moved = (await http.post(adopt, json={"people": "move", "targets": {"month": "week"}})).json()
    assert (moved["version"], moved["versions"]) == (3, [3])
    report = (await http.get(f"{V1}/journeys/{unique}/report")).json()
    assert (report["nodes"]["week"]["here"], report["nodes"]["month"]["here"], report["inside"]) == (2_000, 0, 2_000)
    member = shown[0]["member_id"]
    [visit] = (await http.post(f"{V1}/journeys/{unique}/people/why", json={"member_id": member})).json()["visits"]
    assert [(stop["node_id"], stop["reason"]) for stop in visit["path"][1:]] == [("month", "version"), ("week", None)]
    assert visit["due_at"]
    await http.post(f"{V1}/journeys/{unique}/stop")
    await refused({}, 409, f"journey {unique}")
    verified = (await http.get(f"{V1}/journeys/{unique}/verify")).json()
    assert verified["clean"], verified


async def test_versions_keep_their_document(http, unique):
    await publish(http, unique, SPLIT)
    await publish(http, unique, SPLIT | {"name": "Renamed"})
    listed = (await http.get(f"{V1}/journeys/{unique}/versions")).json()["items"]
    assert [each["version"] for each in listed] == [2, 1]
    first = (await http.get(f"{V1}/journeys/{unique}/versions/1")).json()
    assert first["document"]["name"] == "Split"
    assert first["faces"]["lovers"]["name"] == "Loves bread"
    assert listed[0]["plan_hash"] != listed[1]["plan_hash"]
    for number, status in ((3, 404), (0, 422), (-1, 422), (10**30, 422), ("x", 422)):
        assert (await http.get(f"{V1}/journeys/{unique}/versions/{number}")).status_code == status
    assert (await http.post(f"{V1}/journeys/{unique}/start", json={"version": 10**30})).status_code == 422
    assert (await http.get(f"{V1}/journeys/{unique}")).json()["status"] == "published"


async def test_of_two_who_start_at_once_one_succeeds(http, unique):
    await publish(http, unique, WAITING)
    answers = await asyncio.gather(*(http.post(f"{V1}/journeys/{unique}/start") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409]
    assert (await http.get(f"{V1}/journeys/{unique}/run")).json()["status"] == "live"


@pytest.fixture
async def client_of(parts):
    """A client of the app with another runner."""
    clients = []

    def made(runner):
        parts.runner = runner
        transport = httpx2.ASGITransport(create_app(parts))
        clients.append(httpx2.AsyncClient(transport=transport, base_url=BASE))
        return clients[-1]

    yield made
    for each in clients:
        await each.aclose()


async def test_no_worker_answers(client_of, temporal, unique):
    http = client_of(Runner(temporal, "a-queue-nobody-reads", patience=timedelta(seconds=1)))
    await publish(http, unique, WAITING)
    assert (await http.post(f"{V1}/journeys/{unique}/start")).status_code == 202
    answer = await http.post(f"{V1}/journeys/{unique}/pause")
    assert answer.status_code == 503
    error = answer.json()["error"]
    assert error["text"] == "no worker answered within 1 s"
    assert "Temporal" in error["place"]
    assert "sojourn worker" in error["fix"]


async def test_temporal_is_away(client_of, unique):
    away = await Client.connect("127.0.0.1:9", lazy=True, data_converter=pydantic_data_converter)
    http = client_of(Runner(away, QUEUE))
    await publish(http, unique, WAITING)
    answer = await http.post(f"{V1}/journeys/{unique}/start")
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "engine_away"
    assert "127.0.0.1:9" in answer.json()["error"]["place"]
    assert (await http.get(f"{V1}/journeys/{unique}")).json()["status"] == "published", "nothing was started"
    health = (await http.get(f"{V1}/health")).json()
    assert health["status"] == "degraded"
    assert [name for name, check in health["checks"].items() if not check["ok"]] == ["temporal"]


async def test_health(http):
    health = (await http.get(f"{V1}/health")).json()
    assert health["status"] == "ok"
    assert all(check["ok"] for check in health["checks"].values())


async def test_the_lakehouse_is_away(http, parts, worker, unique):
    await publish(http, unique, SPLIT)
    await http.post(f"{V1}/journeys/{unique}/start")
    await until(http, unique, "finished")

    class Asleep:
        dialect = "duckdb"

        def __getattr__(self, _name):
            async def away(*_args, **_kwargs):
                raise LakehouseAway("the warehouse is asleep", place="lakehouse", fix="wake it")

            return away

    parts.engine = parts.catalog.engine = Asleep()
    parts.catalog._seen = None
    for method, path in (
        ("GET", f"/journeys/{unique}/report"),
        ("GET", f"/journeys/{unique}/events"),
        ("GET", f"/journeys/{unique}/verify"),
        ("POST", f"/journeys/{unique}/check"),
        ("POST", f"/journeys/{unique}/publish"),
        ("GET", "/catalogue"),
    ):
        answer = await http.request(method, f"{V1}{path}")
        assert answer.status_code == 503, path
        assert (answer.json()["error"]["kind"], answer.json()["error"]["fix"]) == ("operational", "wake it")
    [row] = (await http.get(f"{V1}/journeys")).json()["items"]
    assert row["counts"] is None
    assert row["status"] == "finished"
    [run] = (await http.get(f"{V1}/runs")).json()["items"]
    assert (run["counts"], run["sent"], run["status"]) == (None, None, "finished")
    health = (await http.get(f"{V1}/health")).json()
    assert "asleep" in health["checks"]["lakehouse"]["text"]


async def test_a_draft_is_simulated_against_the_real_lakehouse(http, unique):
    await http.post(f"{V1}/journeys", json={"id": unique, "document": WAITING})
    found = (await http.post(f"{V1}/journeys/{unique}/simulate", json={"days": 31})).json()
    assert (found["entered"], found["ended"], found["inside"]) == (2_000, 2_000, 0)
    assert found["edges"] == {"e1": 2_000, "e2": 2_000}
    assert (await http.post(f"{V1}/journeys/{unique}/simulate", json={"days": 29})).json()["inside"] == 2_000
    future = await http.post(f"{V1}/journeys/{unique}/simulate", json={"since": "2100-01-01T00:00:00Z"})
    assert (future.status_code, future.json()["error"]["place"]) == (400, "since")
    assert (await http.post(f"{V1}/journeys/{unique}/simulate", json={"days": 0})).status_code == 422
    assert (await http.get(f"{V1}/journeys/{unique}/report")).status_code == 404, "it left no trace"
