"""Drafts: saved with problems, checked all at once, never lost to a second editor."""

import contextlib
import copy
import functools
import json
import random

import pytest

V1 = "/api/v1"


def drawing(nodes, edges=(), name="Test"):
    return {
        "name": name,
        "nodes": [{"id": i, "type": t, "data": d} for i, t, d in nodes],
        "edges": [{"id": i, "source": s, "source_port": p, "target": t} for i, s, p, t in edges],
    }


ENTRY = {"rule": {"kind": "all", "of": []}}


async def made(http, document, journey_id="test"):
    answer = await http.post(f"{V1}/journeys", json={"id": journey_id, "document": document})
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_draft_comes_back_with_faces_and_a_revision(http, example):
    answer = await made(http, example, "bread")
    assert answer.headers["etag"] == '"1"'
    found = (await http.get(f"{V1}/journeys/bread")).json()
    assert found == answer.json()
    assert found["status"] == "draft"
    assert found["version"] is None
    assert found["document"]["nodes"][0]["name"] == "Loves bread, likes soda"
    assert found["faces"]["two_days"]["summary"] == "Wait 2 days"
    assert found["faces"]["arms"]["group"] == "path"
    assert found["updated_at"].endswith("Z")


async def test_an_id_is_made_of_the_name(http):
    ids = []
    for name in ("Bröd & soda!", "Bröd & soda", "90 days", "🥨", "パン"):
        answer = await http.post(f"{V1}/journeys", json={"document": {"name": name}})
        ids.append(answer.json()["id"])
    assert ids == ["brod-soda", "brod-soda-2", "j-90-days", "journey", "journey-2"]


async def test_a_save_over_a_newer_revision_is_refused_with_theirs(http, example):
    await made(http, example)
    mine, theirs = example | {"name": "Mine"}, example | {"name": "Theirs"}
    saved = await http.put(f"{V1}/journeys/test", json={"document": theirs}, headers={"If-Match": '"1"'})
    assert saved.status_code == 200
    assert saved.headers["etag"] == '"2"'
    refused = await http.put(f"{V1}/journeys/test", json={"document": mine}, headers={"If-Match": '"1"'})
    assert refused.status_code == 412
    error = refused.json()["error"]
    assert (error["kind"], error["code"]) == ("user", "stale")
    assert error["current"] == saved.json()
    assert (await http.get(f"{V1}/journeys/test")).json()["name"] == "Theirs"


async def test_a_save_must_name_its_revision(http, example):
    await made(http, example)
    unnamed = await http.put(f"{V1}/journeys/test", json={"document": example})
    assert unnamed.status_code == 428
    assert "If-Match" in unnamed.json()["error"]["fix"]
    for nonsense in ("3", '"x"', 'W/"1"', "*", '""', '"99999999999999999999"'):
        answer = await http.put(f"{V1}/journeys/test", json={"document": example}, headers={"If-Match": nonsense})
        assert answer.status_code == 400, nonsense


async def test_a_draft_with_problems_is_kept_and_all_problems_are_told_at_once(http):
    document = drawing(
        [
            ("in", "entry", {"rule": {"kind": "number", "column": "agee", "op": "=", "value": 1}}),
            ("dice", "random_split", {"arms": [{"id": x, "label": x, "weight": 45} for x in "ab"]}),
            ("w1", "wait", {"duration": "P1D"}),
            ("w2", "wait", {}),
            ("mail", "message", {"connection": "nowhere", "step": {"subject": "{{ first_nam }}", "html": "x"}}),
            ("alone", "exit", {}),
            ("odd", "teleport", {}),
        ],
        [
            ("e1", "in", "next", "w1"),
            ("e2", "w1", "next", "w2"),
            ("e3", "w2", "next", "w1"),
            ("e4", "in", "side", "dice"),
            ("e5", "dice", "a", "ghost"),
            ("e6", "w1", "next", "mail"),
        ],
    )
    await made(http, document)
    saved, unsaved = (
        (await http.post(f"{V1}/journeys/test/check")).json(),
        (await http.post(f"{V1}/journeys/check", json={"document": document})).json(),
    )
    assert saved == unsaved
    found = {(p["code"], p["node_id"] or p["edge_id"]) for p in saved["problems"]}
    assert found >= {
        ("unknown_name", "in"),
        ("weights", "dice"),
        ("missing", "w2"),
        ("cycle", "w2"),
        ("missing_port", "in"),
        ("missing_step", "dice"),
        ("unknown_type", "odd"),
        ("unknown_connection", "mail"),
        ("unknown_variable", "mail"),
        ("double_line", "w1"),
        ("unreachable", "alone"),
    }
    assert all(p["fix"] and p["text"] for p in saved["problems"])
    weights = next(p for p in saved["problems"] if p["code"] == "weights")
    assert "90 %" in weights["text"]
    assert saved["faces"]["odd"]["summary"] == "Unknown kind of step"
    refused = await http.post(f"{V1}/journeys/test/publish")
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"] == saved["problems"]


async def test_the_example_has_no_problems(http, example):
    answer = await http.post(f"{V1}/journeys/check", json={"document": example})
    assert [p for p in answer.json()["problems"] if p["severity"] == "error"] == []


async def test_what_is_not_there(http):
    for method, path in (
        ("GET", "/journeys/ghost"),
        ("POST", "/journeys/ghost/check"),
        ("POST", "/journeys/ghost/publish"),
        ("POST", "/journeys/ghost/start"),
        ("POST", "/journeys/ghost/stop"),
        ("GET", "/journeys/ghost/run"),
        ("GET", "/journeys/ghost/report"),
        ("GET", "/journeys/ghost/events"),
        ("GET", "/journeys/ghost/verify"),
        ("GET", "/journeys/ghost/versions"),
        ("GET", "/journeys/ghost/versions/1"),
        ("DELETE", "/journeys/ghost"),
        ("GET", "/audiences/ghost"),
        ("GET", "/nonsense"),
        ("POST", "/nonsense/../journey"),
    ):
        answer = await http.request(method, f"{V1}{path}")
        assert answer.status_code == 404, path
        assert answer.json()["error"]["kind"] == "user", path


async def test_two_journeys_cannot_have_one_id(http, example):
    await made(http, example)
    answer = await http.post(f"{V1}/journeys", json={"id": "test", "document": example})
    assert answer.status_code == 409


async def test_a_draft_can_be_deleted(http, example):
    await made(http, example)
    assert (await http.delete(f"{V1}/journeys/test")).status_code == 204
    assert (await http.get(f"{V1}/journeys")).json() == {"items": []}


SECRET = "zz-canary-4711"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        r'{"document": {"name": "\ud800"}}',
        b"\xff\xfe",
        "null",
        '"zz-canary-4711"',
        '{"document": 5}',
        '{"document": {"name": ""}}',
        '{"document": {"name": "x", "zz": "zz-canary-4711"}}',
        '{"document": {"name": {"zz-canary-4711": 1}}}',
        '{"document": {"name": "x", "nodes": [{"id": "zz-canary-4711 ", "type": "exit"}]}}',
        '{"document": {"name": "x", "schema_version": "zz-canary-4711"}}',
        '{"document": {"name": "x"}, "id": "zz-canary-4711/.."}',
        '{"document": {"name": "x"}, "id": ""}',
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"document": {"name": "x", "nodes": ' + "[" * 5_000 + "]" * 5_000 + "}}",
        '{"document": {"name": "x", "nodes": [' + ",".join('{"id":"a","type":"b"}' for _ in range(501)) + "]}}",
    ],
)
async def test_bad_bodies_are_refused_in_one_shape_and_not_echoed(http, body):
    answer = await http.post(f"{V1}/journeys", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    error = answer.json()["error"]
    assert error["kind"] == "user"
    assert error["text"]
    assert SECRET not in answer.text
    assert len(answer.text) < 20_000


async def test_a_body_that_is_too_large_is_refused(http):
    large = '{"document": {"name": "' + "x" * 2_100_000 + '"}}'

    async def pieces():
        for at in range(0, len(large), 100_000):
            yield large[at : at + 100_000].encode()

    for content in (large, pieces()):
        answer = await http.post(f"{V1}/journeys", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_large"


async def test_names_are_data(http):
    names = ["<script>alert(1)</script>", "' OR 1=1 --", "a\u0000b".replace("\u0000", ""), "{{ 7*7 }}", "\u202eevil"]
    for name in names:
        answer = await http.post(f"{V1}/journeys", json={"document": {"name": name}})
        assert answer.json()["name"] == name
    assert {each["name"] for each in (await http.get(f"{V1}/journeys")).json()["items"]} == set(names)


ODD = [
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "x" * 5_000,
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    {"kind": "all"},
    "P1D",
    "__class__",
]


def places(part, at=()):
    """Every place in a document."""
    if at:
        yield at
    for key, inside in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from places(inside, (*at, key))


async def test_no_document_however_odd_is_a_defect(http, example):
    chance = random.Random(7)
    everywhere = list(places(example))
    for _ in range(150):
        document = copy.deepcopy(example)
        for _ in range(chance.randint(1, 3)):
            *way, last = chance.choice(everywhere)
            with contextlib.suppress(LookupError, TypeError):
                holder = functools.reduce(lambda part, key: part[key], way, document)
                holder[last] = chance.choice(ODD)
        body = json.dumps({"document": document})
        answer = await http.post(f"{V1}/journeys/check", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 422), (answer.text, body)
        rule = None
        with contextlib.suppress(LookupError, TypeError):
            rule = document["nodes"][0]["data"]["rule"]
        body = json.dumps({"rule": rule})
        answer = await http.post(f"{V1}/audiences/preview", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (answer.text, body)
