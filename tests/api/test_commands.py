"""The commands against a running API: what a person reads, and the exit code."""

import asyncio
import re
import socket

import pytest
import typer
import yaml
from typer.testing import CliRunner

from orchestrator.execution.protocol import journey_workflow_id
from orchestrator.execution.verify import Checked
from sojourn.commands import audience, files, journey, recover, verify
from tests.api.conftest import EXAMPLE, SPLIT, WAITING, until

cli = typer.Typer()
cli.add_typer(journey.app, name="journey")
cli.add_typer(audience.app, name="audience")
cli.add_typer(verify.app, name="verify")
cli.command(name="recover")(recover.recover)


@pytest.fixture
def run(served, monkeypatch):
    """Runs a command beside the server; returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("SOJOURN_PORT", str(served.base_url.port))
    monkeypatch.setenv("COLUMNS", "200")

    async def ran(*words):
        result = await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return ran


async def test_members_of_a_file_are_posted_once(run, served, worker, tmp_path, unique):
    desk, *rest = WAITING["nodes"]
    drawing = {**WAITING, "nodes": [{**desk, "type": "api_entry", "data": {"keyed": True}}, *rest]}
    file = saved(tmp_path, drawing, f"{unique}.yaml")
    people = tmp_path / "people.csv"
    people.write_text("1,order a\n1,order b\n2,order c\n\n")
    for words in (("import", file), ("publish", unique), ("start", unique)):
        assert (await run("journey", *words))[0] == 0
    for _ in range(2):
        code, out, _ = await run("journey", "enter", unique, people, "--request", "monday")
        assert (code, out) == (0, f"3 posted to {unique}, as request monday\n")
    async with asyncio.timeout(10):
        while "3 entered" not in (await run("journey", "status", unique))[1]:
            await asyncio.sleep(0.2)
    people.write_text("Ann\n")
    code, _, told = await run("journey", "enter", unique, people)
    assert code == 1
    assert "members.0.member_id" in told


def saved(tmp_path, document, name="test.yaml"):
    file = tmp_path / name
    file.write_text(yaml.safe_dump(document) if isinstance(document, dict) else document)
    return file


async def test_from_a_file_to_counts(run, served, worker, tmp_path, unique):
    file = saved(tmp_path, SPLIT, f"{unique}.yaml")
    assert await run("journey", "check", file) == (0, f"{file} can be published\n", "")
    assert await run("journey", "import", file) == (0, f"{unique} is saved, revision 1\n", "")
    assert await run("journey", "import", file) == (0, f"{unique} is saved, revision 2\n", "")
    code, out, _ = await run("journey", "status", unique)
    assert (code, out) == (0, f"Split ({unique}) is draft and was never published\n")
    code, out, _ = await run("journey", "publish", unique, "--note", "first")
    assert code == 0
    assert "as version 1" in out
    code, out, _ = await run("journey", "start", unique)
    assert code == 0
    assert f"{unique} is live, version 1" in out
    await until(served, unique, "finished")
    code, out, _ = await run("journey", "status", unique)
    assert code == 0
    assert "2,000 entered, 0 inside, 2,000 ended" in out
    assert re.search(r"Loves bread\s*│\s*2,000", out)
    code, out, _ = await run("journey", "list")
    assert code == 0
    assert re.search(rf"{unique}.*finished.*2,000", out)
    assert (await run("verify", unique))[0] == 0
    assert (await run("verify"))[0] == 0


async def test_a_journey_that_temporal_lost_is_recovered(run, worker, parts, temporal, tmp_path, unique):
    await run("journey", "import", saved(tmp_path, WAITING), "--id", unique)
    await run("journey", "publish", unique)
    await run("journey", "start", unique)
    for _ in range(100):
        before = await parts.store.run(unique)
        if before.next_due_at:
            break
        await asyncio.sleep(0.1)
    await temporal.get_workflow_handle(journey_workflow_id(unique)).terminate()
    assert (await run("journey", "pause", unique))[0] == 1
    assert await run("recover") == (0, "goes on: Waiting\n", "")
    assert await run("recover") == (0, "every journey that should be under way is\n", "")
    state = await parts.runner.state(unique)
    assert (state.status, state.wave >= before.wave) == ("live", True)
    assert await run("journey", "stop", unique) == (0, f"{unique} is stopped\n", "")
    assert (await run("verify", unique))[0] == 0


async def test_pause_resume_stop(run, worker, tmp_path, unique):
    await run("journey", "import", saved(tmp_path, WAITING), "--id", unique)
    await run("journey", "publish", unique)
    await run("journey", "start", unique)
    for verb, status in (("pause", "paused"), ("resume", "live"), ("stop", "stopped")):
        assert await run("journey", verb, unique) == (0, f"{unique} is {status}\n", "")
    code, out, err = await run("journey", "pause", unique)
    assert (code, out) == (1, "")
    assert "it is not running – start it" in err


async def test_export_is_what_import_reads(run, tmp_path, unique):
    await run("journey", "import", EXAMPLE, "--id", unique)
    code, text, _ = await run("journey", "export", unique)
    assert code == 0
    assert "html: |" in text
    assert 'source_port: "yes"' in text or "source_port: 'yes'" in text
    out = tmp_path / "again.yaml"
    assert (await run("journey", "export", unique, "-o", out))[0] == 0
    assert out.read_text() == text
    assert files.read(out, "a journey") == files.read(EXAMPLE, "a journey")
    assert (await run("journey", "import", out, "--id", unique))[1] == f"{unique} is saved, revision 2\n"
    assert (await run("journey", "export", unique, "-o", tmp_path / "no" / "such" / "folder.yaml"))[0] == 1


async def test_problems_one_a_line_with_place_and_fix(run, tmp_path):
    document = SPLIT | {
        "edges": [*SPLIT["edges"], {"id": "e4", "source": "yes", "source_port": "next", "target": "lovers"}]
    }
    document["nodes"] = [*SPLIT["nodes"], {"id": "hold", "type": "wait", "data": {"duration": "P0D"}}]
    code, out, err = await run("journey", "check", saved(tmp_path, document))
    assert code == 1
    assert err == ""
    lines = out.splitlines()
    assert any(line.startswith("error step hold, duration:") and line.endswith("correct the field") for line in lines)
    assert any("lead in a circle" in line and "– remove the line" in line for line in lines)
    assert any("leaves 'yes' by 'next', which it does not have" in line for line in lines)


async def test_publishing_with_problems_tells_them_all(run, tmp_path, unique):
    document = SPLIT | {"nodes": SPLIT["nodes"][:2]}
    await run("journey", "import", saved(tmp_path, document), "--id", unique)
    code, out, err = await run("journey", "publish", unique)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) >= 2
    assert (await run("journey", "check", unique))[0] == 1


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("name: a\nnodes: [", "line 2, column 9", "not YAML"),
        ("name: a: b", "line 1, column 8", "quote a text that has a colon"),
        ("name: a\n\tnodes: []", "line 2, column 1", "spaces"),
        ("name: a\nname: b", "line 2, column 1", "'name' is there twice"),
        ("name: &a [*b]", "line 1", "not YAML"),
        ("x: !!python/object/apply:os.system [true]", "line 1", "not YAML"),
        ("- a\n- b", "", "this is not a journey"),
        ("", "", "this is not a journey"),
        ("just words", "", "this is not a journey"),
        ("name: \x07", "", "not YAML"),
    ],
)
async def test_broken_yaml_is_told_with_file_line_and_fix(run, tmp_path, text, place, word):
    file = saved(tmp_path, text)
    for command in ("check", "import"):
        code, out, err = await run("journey", command, file)
        assert (code, out) == (1, "")
        assert str(file) in err
        assert place in err
        assert word in err


async def test_a_file_that_cannot_be_read(run, tmp_path):
    code, _, err = await run("journey", "check", tmp_path / "none.yaml")
    assert code == 1
    assert "there is no such file" in err
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in (await run("journey", "import", tmp_path / "binary.yaml"))[2]
    assert (await run("journey", "import", tmp_path))[0] == 1


async def test_what_the_file_says_is_what_is_meant(run, tmp_path, unique):
    text = """
        name: Words
        nodes:
          - id: in
            type: entry
            data: {rule: {kind: date, column: birth_date, op: before, value: 1990-01-01}}
          - {id: s, type: split, data: {rule: {kind: boolean, column: marketing_opt_in, value: true}}}
          - {id: out, type: exit}
        edges:
          - {id: e1, source: in, source_port: next, target: s}
          - {id: e2, source: s, source_port: yes, target: out}
          - {id: e3, source: s, source_port: no, target: out}
    """
    document = files.read(saved(tmp_path, text), "a journey")
    assert [edge["source_port"] for edge in document["edges"]] == ["next", "yes", "no"]
    assert document["nodes"][0]["data"]["rule"]["value"] == "1990-01-01"
    assert document["nodes"][1]["data"]["rule"]["value"] is True
    assert (await run("journey", "import", tmp_path / "test.yaml", "--id", unique))[0] == 0


@pytest.mark.parametrize("journey_id", ["ghost", "../audiences", "a/b", "a?b=c", "", "🥨", "x" * 300])
async def test_ids_that_are_not_there(run, journey_id):
    for command in ("status", "publish", "start", "stop", "export"):
        code, out, err = await run("journey", command, journey_id)
        assert (code, out) == (1, ""), (command, out)
        assert err.startswith("error")


async def test_counting_a_rule(run, tmp_path):
    rule = {"kind": "score", "category": "bread", "low": 0.7}
    code, out, _ = await run("audience", "count", saved(tmp_path, rule), "--breakdown", "country", "--sql")
    assert code == 0
    assert re.match(r"[\d,]+ of 2,000 \(\d+\.\d%\)", out)
    assert "SELECT" in out
    assert "members" in out
    code, _, err = await run("audience", "count", saved(tmp_path, {"kind": "score", "category": "bred"}))
    assert code == 1
    assert err == "error category: there is no score for 'bred' – did you mean 'bread'?\n"


async def test_violations_end_with_exit_code_1(run, served, tmp_path, unique, monkeypatch):
    async def broken(*_args):
        return [Checked(invariant=3, text="a visit leaves a step at most once", violations=2, sample=[["j", 1]])]

    monkeypatch.setattr("api.routes.reports.verify", broken)
    await run("journey", "import", saved(tmp_path, SPLIT), "--id", unique)
    await run("journey", "publish", unique)
    code, out, _ = await run("verify")
    assert code == 1
    assert "a visit leaves a step at most once" in out


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_nobody_answers(monkeypatch):
    port = free_port()
    monkeypatch.setenv("SOJOURN_PORT", str(port))
    result = CliRunner().invoke(cli, ["journey", "list"])
    assert result.exit_code == 1
    assert f"No Sojourn answers at http://127.0.0.1:{port} – start one with `sojourn dev`" in result.stderr


async def test_somebody_else_answers(monkeypatch):
    async def other(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as listening:
        monkeypatch.setenv("SOJOURN_PORT", str(listening.sockets[0].getsockname()[1]))
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["journey", "list"])
    assert result.exit_code == 1
    assert "is not Sojourn" in result.stderr
