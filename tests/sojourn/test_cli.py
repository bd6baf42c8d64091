"""The command line against a running stack: what it answers, what it refuses and how it says so."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from sojourn.demo import JOURNEY, shortened
from tests.sojourn.conftest import CUSTOMERS, Commands, Dev


def example(**changes: Any) -> dict[str, Any]:
    """The grocer's journey; `node={field: value}` changes the data of a step."""
    document: dict[str, Any] = yaml.safe_load(JOURNEY.read_text(encoding="utf-8"))
    for node in document["nodes"]:
        node["data"] |= changes.get(node["id"], {})
    return document


def rewired(**edge: str) -> dict[str, Any]:
    """The grocer's journey with its last line drawn otherwise."""
    document = example()
    return {**document, "edges": [*document["edges"][:-1], {"id": "e11", **edge}]}


def written(folder: Path, document: object, name: str = "journey.yaml") -> Path:
    file = folder / name
    file.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    return file


def test_a_journey_lives_from_file_to_stop(dev: Dev, tmp_path: Path) -> None:
    works = dev.commands.works
    assert "can be published" in works("journey", "check", JOURNEY)
    assert "bundle is saved, revision 1" in works("journey", "import", JOURNEY, "--id", "bundle")
    assert "bundle is saved, revision 2" in works("journey", "import", JOURNEY, "--id", "bundle")
    assert "can be published" in works("journey", "check", "bundle")
    assert "never published" in works("journey", "status", "bundle")
    assert "published as version 1" in works("journey", "publish", "bundle", "--note", "first")
    assert "bundle is live, version 1, workflow journey/bundle" in works("journey", "start", "bundle")
    report = dev.until("bundle", status="live", next_due_at=True, wave=2)
    status = works("journey", "status", "bundle")
    assert f"{report['entered']} entered, {report['inside']} inside, 0 ended" in status
    assert re.search(rf"Two days\W+{report['entered']}\W+{report['entered']}\W+0\b", status)
    assert f"{report['nodes']['offer']['outcomes']['accepted']} accepted" in status
    assert re.search(rf"bundle\W+Bread and soda bundle\W+live\W+1\W+{report['entered']}", works("journey", "list"))
    assert "bundle is paused" in works("journey", "pause", "bundle")
    assert "is paused" in works("journey", "status", "bundle")
    assert "bundle is live" in works("journey", "resume", "bundle")
    assert "bundle" in dev.commands.fails("journey", "start", "bundle"), "it runs already"
    assert "published as version 2" in works("journey", "publish", "bundle")
    assert "is not OLD=NEW" in dev.commands.fails("journey", "adopt", "bundle", "--target", "offer")
    assert "stay there" in dev.commands.fails("journey", "adopt", "bundle", "--move", "--target", "offer=")
    assert "version 2; people finish on version 1" in works("journey", "adopt", "bundle")
    assert "published as version 3" in works("journey", "publish", "bundle")
    assert works("journey", "adopt", "bundle", "--move").strip() == "bundle is live, version 3"
    assert "bundle is stopped" in works("journey", "stop", "bundle")
    assert f"{report['entered']} ended" in works("journey", "status", "bundle")
    assert "nothing is settled that was not intended" in works("verify", "bundle")
    assert "bundle" in works("verify")


def test_an_exported_journey_is_the_imported_one(dev: Dev, tmp_path: Path) -> None:
    works = dev.commands.works
    works("journey", "import", JOURNEY, "--id", "exported")
    works("journey", "export", "exported", "--out", tmp_path / "again.yaml")
    assert works("journey", "export", "exported") == (tmp_path / "again.yaml").read_text(encoding="utf-8")
    assert "again is saved" in works("journey", "import", tmp_path / "again.yaml")
    assert dev.document("again") == dev.document("exported")


def test_an_audience_is_counted_and_divided(dev: Dev, tmp_path: Path) -> None:
    rule = written(tmp_path, {"kind": "all", "of": []}, "rule.yaml")
    said = dev.commands.works("audience", "count", rule, "--breakdown", "loyalty_tier", "--sql")
    assert f"{CUSTOMERS} of {CUSTOMERS} (100.0%)" in said
    counts = [int(count) for _, count in re.findall(r"(bronze|silver|gold|platinum)\W+(\d+)", said)]
    assert sum(counts) == CUSTOMERS
    assert '"grocery"."customers"' in said


def test_the_promises_of_several_journeys_are_checked_each_for_itself(dev: Dev) -> None:
    for name in ("one", "two"):
        dev.commands.works("journey", "import", JOURNEY.with_name("reference.yaml"), "--id", name)
        dev.commands.works("journey", "publish", name)
        dev.commands.works("journey", "start", name)
    for name in ("one", "two"):
        dev.until(name, status="finished", ended=CUSTOMERS)
        said = dev.commands.run("verify", name)
        counts = re.findall(r"│ +\d+ │ (.+?) +│ +([\d,]+) │", said.out)
        assert (said.code, [each for each in counts if each[1] != "0"]) == (0, [])
        assert len(counts) > 10


WRONG = {
    "an unknown column": (
        example(audience={"rule": {"kind": "text", "column": "contry", "op": "is", "value": "DE"}}),
        "step audience, rule.column: there is no column 'contry' – did you mean 'country'?",
    ),
    "weights of 90 %": (
        example(arms={"arms": [{"id": i, "label": i, "weight": 45} for i in ("remind", "ads")]}),
        "step arms: step: the weights sum to 90 %, not to 100 % – correct the field",
    ),
    "a circle": (
        rewired(source="five_days", target="two_days"),
        "lead in a circle: two_days → bought → arms → reminder → five_days → two_days – remove the line 'e11'",
    ),
    "a line to nowhere": (
        rewired(source="five_days", target="don"),
        "the line 'e11' ends at 'don', which is not there – did you mean 'done'?",
    ),
    "a port that is not there": (
        rewired(source="bought", source_port="yess", target="done"),
        "leaves 'bought' by 'yess', which it does not have – did you mean 'yes'?",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_journey_with_a_problem_is_refused_with_the_fix(dev: Dev, tmp_path: Path, what: str) -> None:
    document, told = WRONG[what]
    file = written(tmp_path, document)
    assert told in dev.commands.fails("journey", "check", file)
    assert "is saved" in dev.commands.works("journey", "import", file, "--id", "wrong"), "a draft may be wrong"
    assert told in dev.commands.fails("journey", "publish", "wrong")
    assert "publish" in dev.commands.fails("journey", "start", "wrong")


BROKEN = {
    "name: x\nnodes:\n  - id: a\n   type: entry\n": ("line 4, column 4", "mend that line"),
    "name: Offer: bread\n": ("line 1, column 12", "quote a text that has a colon"),
    "name: x\nname: y\n": ("line 2, column 1", "'name' is there twice"),
    "name: @here\n": ("line 1, column 7", "quote a text that begins with @"),
    "- a\n- b\n": ("", "this is not a journey: a mapping with name, nodes and edges"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_not_yaml_is_told_with_line_and_fix(commands: Commands, tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text, "broken.yaml")
    said = commands.fails("journey", "check", file)
    assert str(file) in said
    assert all(part in said for part in BROKEN[text]), said


def test_a_file_that_is_not_there_or_not_text_is_told(commands: Commands, tmp_path: Path) -> None:
    assert "there is no such file" in commands.fails("journey", "import", tmp_path / "none.yaml")
    (tmp_path / "image.yaml").write_bytes(b"\x89PNG\xff\xfe")
    assert "not text in UTF-8" in commands.fails("journey", "import", tmp_path / "image.yaml")


def test_what_is_not_there_is_told(dev: Dev) -> None:
    for verb in ("publish", "start", "pause", "resume", "stop", "status", "export", "check"):
        assert "nobody" in dev.commands.fails("journey", verb, "nobody"), verb
    assert dev.commands.run("journey", "fly").code == 2


def test_without_a_running_sojourn_it_says_how_to_start_one(commands: Commands) -> None:
    said = commands.fails("journey", "list", SOJOURN_PORT="1")
    assert "No Sojourn answers at http://127.0.0.1:1 – start one with `sojourn dev`" in said


def test_a_port_in_use_is_told(dev: Dev, tmp_path: Path) -> None:
    said = dev.commands.fails("dev", SOJOURN_HOME=str(tmp_path))
    assert f"port {dev.port} is in use" in said
    assert "SOJOURN_PORT" in said


@pytest.mark.parametrize("command", ["dev", "worker"])
def test_a_lakehouse_that_another_process_holds_is_told_with_its_owner(dev: Dev, command: str) -> None:
    said = dev.commands.fails(command, SOJOURN_PORT="0", SOJOURN_TEMPORAL_ADDRESS="127.0.0.1:1")
    assert f"in use by process {dev.pid}" in said
    assert str(dev.home / "lakehouse.duckdb") in said
    assert "stop that process" in said


def test_the_settings_in_force_are_shown_without_secrets(commands: Commands) -> None:
    said = commands.works("config", SOJOURN_DATABASE_URL="postgresql://me:hunter2@db/x", SOJOURN_TASK_QUEUE="mine")
    assert "hunter2" not in said
    assert re.search(r"SOJOURN_TASK_QUEUE\W+mine\W+environment", said)
    assert re.search(r"SOJOURN_DATABASE_URL\W+postgresql://…@db/x\W+environment", said)
    assert re.search(r"SOJOURN_ENGINE\W+duckdb\W+default", said)


def test_secrets_are_sealed_anew_while_the_stack_runs(dev: Dev) -> None:
    api = f"http://127.0.0.1:{dev.port}/api/v1/connections"
    settings = {"base_url": dev.sandbox, "access_token": "sandbox", "ad_account_id": "1"}
    made = httpx2.post(api, json={"name": "more", "channel": "audience.meta", "settings": settings})
    assert made.status_code == 201, made.text
    [before] = (dev.home / "secret.keys").read_text().split()
    assert "1 secret is sealed under the first key" in dev.commands.works("secrets", "rotate")
    first, second = (dev.home / "secret.keys").read_text().split()
    assert (first != before, second == before) == (True, True)
    assert httpx2.post(f"{api}/more/check").status_code == 200, "the new key is known without a restart"
    own = dev.commands.works("secrets", "key").strip()
    told = dev.commands.fails("secrets", "rotate", SOJOURN_SECRET_KEYS=own)
    assert "none of the keys opens more.access_token" in told
    assert httpx2.delete(f"{api}/more").status_code == 204


def test_a_setting_that_is_wrong_or_unknown_is_named(commands: Commands) -> None:
    assert "SOJOURN_PORT" in commands.fails("config", SOJOURN_PORT="many")
    assert "did you mean SOJOURN_HOME?" in commands.fails("config", SOJOURN_HOMES="x")


@pytest.mark.parametrize(
    ("name", "smtp", "told", "fix"),
    [
        (
            "closing",
            {"replies": [{"code": 421, "at": "mail"}]},
            "the mail server broke off the connection",
            "it is tried again",
        ),
        (
            "sender",
            {"replies": [{"code": 550, "at": "mail"}]},
            "the server refuses the sender (smtp_550)",
            "check the sender address",
        ),
    ],
)
def test_a_mail_server_that_refuses_is_told_and_reaches_everybody_later(
    dev: Dev, tmp_path: Path, name: str, smtp: dict[str, Any], told: str, fix: str
) -> None:
    before = httpx2.get(f"{dev.sandbox}/facts").json()["messages"]
    file = written(tmp_path, shortened(example(), timedelta(seconds=0.1)))
    dev.commands.works("journey", "import", file, "--id", name)
    dev.commands.works("journey", "publish", name)
    with dev.faults(smtp=smtp):
        dev.commands.works("journey", "start", name)
        dev.until(name, trouble=True)
        said = dev.commands.works("journey", "status", name)
        assert told in said
        assert fix in said
        assert "127.0.0.1:" in said or "connection" in said, "the place is not named"
    report = dev.until(name, status="finished")
    assert report["trouble"] == ""
    offered, reminded = (report["nodes"][step]["outcomes"] for step in ("offer", "reminder"))
    assert offered.keys() | reminded.keys() <= {"accepted", "suppressed"}
    messages = httpx2.get(f"{dev.sandbox}/facts").json()["messages"] - before
    assert messages == offered["accepted"] + reminded.get("accepted", 0)
