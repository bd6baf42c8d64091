"""The OpenAPI document: the pages' types are made of it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def document():
    ran = subprocess.run([sys.executable, "-m", "api.openapi"], capture_output=True, check=True, text=True)
    assert ran.stdout == json.dumps(json.loads(ran.stdout), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return json.loads(ran.stdout)


def test_the_names_that_the_pages_use_are_there(document):
    names = {
        "Catalogue", "CheckResult", "Counts", "DrawnNode", "Edge", "Ending", "ErrorBody", "Failure", "Journey",
        "JourneyDetail", "JourneyList", "JourneyRow", "NodeCounts", "NodeFace", "Port", "Preview", "Problem", "Report",
        "Run", "Version", "VersionDetail",
    }  # fmt: skip
    assert names <= document["components"]["schemas"].keys()


def test_answers_have_all_fields_and_what_is_sent_may_leave_some_out(document):
    schemas = document["components"]["schemas"]
    for name in ("Journey", "DrawnNode", "Report", "JourneyDetail", "Problem"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name
    assert schemas["JourneyInput"]["required"] == ["name"]
    assert schemas["JourneyDraft"]["properties"]["document"] == {"$ref": "#/components/schemas/JourneyInput"}
    assert schemas["JourneyInput"]["properties"]["nodes"]["items"] == {"$ref": "#/components/schemas/DrawnNodeInput"}
    assert schemas["JourneyDetail"]["properties"]["document"] == {"$ref": "#/components/schemas/Journey"}


def test_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    references = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references <= schemas.keys()


def test_every_route_names_its_errors_and_has_one_name(document):
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        for status in ("4XX", "5XX"):
            schema = each["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorBody"}, each["operationId"]
        assert "422" not in each["responses"]
