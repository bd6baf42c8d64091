"""A journey run in `sojourn dev`, and what metrics, traces and logs tell of it, held against its ledger."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import pytest
import yaml
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from sojourn.demo import JOURNEY, JOURNEY_ID, shortened
from tests.collector import Collector, attributes, collector
from tests.sojourn.conftest import until_up
from workers.telemetry import free_port

Samples = dict[str, dict[tuple[str, ...], float]]


@dataclass
class Seen:
    """What was told of the run, and its ledger."""

    metrics: Samples
    again: Samples
    spans: list[Span]
    log: list[dict[str, Any]]
    ledger: Path

    def count(self, sql: str) -> dict[tuple[str, ...], int]:
        """Labels → rows of the ledger."""
        with duckdb.connect(str(self.ledger), read_only=True) as db:
            return {tuple(row[:-1]): row[-1] for row in db.execute(sql).fetchall()}


def scraped(http: httpx2.Client) -> Samples:
    """Name → values of the labels, by the names of the labels → value."""
    answer = http.get("/metrics").raise_for_status()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            values = tuple(value for _, value in sorted(sample.labels.items()))
            assert values not in found.setdefault(sample.name, {}), f"{sample.name} is told twice"
            found[sample.name][values] = sample.value
    return found


def run_journey(http: httpx2.Client) -> None:
    document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), timedelta(seconds=0.1))
    path = f"/api/v1/journeys/{JOURNEY_ID}"
    http.post("/api/v1/journeys", json={"id": JOURNEY_ID, "document": document}).raise_for_status()
    http.post(f"{path}/publish", json={}).raise_for_status()
    http.post(f"{path}/start").raise_for_status()
    for _ in range(300):
        if http.get(f"{path}/run").json()["status"] == "finished":
            return
        time.sleep(0.1)
    raise AssertionError("the journey did not end")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    home, port = tmp_path_factory.mktemp("observed"), free_port()
    with collector() as traces, (home / "dev.log").open("wb") as log:
        settings = {
            "SOJOURN_HOME": str(home),
            "SOJOURN_PORT": str(port),
            "SOJOURN_DUCKDB_MEMORY": "1GB",
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        }
        command = [sys.executable, "-m", "sojourn.cli", "dev", "--customers", "500"]
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=log)
        try:
            return observed(process, port, home, traces)
        finally:
            process.kill()
            process.wait()


def observed(process: subprocess.Popen[bytes], port: int, home: Path, traces: Collector) -> Seen:
    until_up(process, port, home / "dev.log")
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        run_journey(http)
        http.get("/api/v1/journeys").raise_for_status()
        metrics, again = scraped(http), scraped(http)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, (home / "dev.log").read_text(encoding="utf-8")
    lines = (home / "dev.log").read_text(encoding="utf-8").splitlines()
    return Seen(metrics, again, traces.spans(), [json.loads(line) for line in lines], home / "lakehouse.duckdb")


def test_metrics_agree_with_the_ledger(seen: Seen) -> None:
    moves = seen.metrics["sojourn_moves_total"]
    assert {("moves",): sum(moves.values())} == seen.count("SELECT 'moves', COUNT(*) FROM sojourn.moves")
    assert moves[JOURNEY_ID, "enter"] > 0
    settled = (
        "SELECT i.channel, d.journey_id, d.outcome, COUNT(*) FROM sojourn.deliveries AS d "
        "JOIN sojourn.intents AS i USING (delivery_key) GROUP BY ALL"
    )
    told = {labels: count for labels, count in seen.metrics["sojourn_deliveries_total"].items() if count}
    assert told == seen.count(settled)


def test_statements_are_counted_by_journey_and_kind_and_none_is_asked_for_a_scrape(seen: Seen) -> None:
    statements = seen.metrics["sojourn_statements_total"]
    assert {(journey, kind) for journey, kind, _, _ in statements} >= {
        (JOURNEY_ID, kind) for kind in ("advance", "intend", "deliver_chunk")
    }
    assert {result for _, _, _, result in statements} == {"ok"}
    assert seen.again["sojourn_statements_total"] == statements
    assert seen.metrics["sojourn_people_inside"] == {(JOURNEY_ID,): 0}
    assert seen.metrics["sojourn_journeys"]["finished",] == 1


def test_requests_are_counted_by_route_and_temporal_is_watched(seen: Seen) -> None:
    requests = seen.metrics["sojourn_http_requests_total"]
    assert requests["POST", "/api/v1/journeys/{id}/start", "202"] == 1
    assert not any(JOURNEY_ID in route for _, route, _ in requests)
    assert seen.metrics["sojourn_event_loop_lag_seconds_count"][()] > 0
    assert seen.metrics["sojourn_journal_commits_total"][()] > 0
    started = seen.metrics["temporal_activity_execution_latency_seconds_count"]
    assert any("advance" in labels for labels in started)


def test_a_trace_leads_from_the_request_through_workflow_and_activity_to_the_statement(seen: Seen) -> None:
    by_id = {span.span_id: span for span in seen.spans}
    chains = Counter()
    for span in seen.spans:
        chain = [span]
        while chain[-1].parent_span_id in by_id:
            chain.append(by_id[chain[-1].parent_span_id])
        chains[tuple(each.name for each in reversed(chain))] += 1
    start = ("POST /api/v1/journeys/{id}/start", "StartWorkflow:Journey")
    delivery = (*start, "StartChildWorkflow:Delivery", "StartActivity:deliver_chunk", "RunActivity:deliver_chunk")
    assert chains[*start, "StartActivity:advance", "RunActivity:advance", "lakehouse write"] > 0
    assert chains[*delivery, "lakehouse read"] > chains[delivery] > 0
    [started] = [span for span in seen.spans if span.name == start[0]]
    [offered] = [
        attributes(span) | {"trace": span.trace_id}
        for span in seen.spans
        if span.name == "lakehouse write" and attributes(span).get("sojourn.node") == "offer"
        if attributes(span)["sojourn.kind"] == "intend"
    ]
    assert offered == {
        "db.system.name": "duckdb",
        "db.operation.name": "write",
        "sojourn.journey": JOURNEY_ID,
        "sojourn.version": "1",
        "sojourn.node": "offer",
        "sojourn.wave": "1",
        "sojourn.kind": "intend",
        "trace": started.trace_id,
    }


def test_the_log_has_a_line_of_json_for_each_event_with_its_journey_wave_node_and_trace(seen: Seen) -> None:
    [sent] = [line for line in seen.log if line["message"] == "delivered" and line["node"] == "offer"]
    [start] = [span for span in seen.spans if span.name == "POST /api/v1/journeys/{id}/start"]
    assert sent.items() >= {"level": "info", "journey": JOURNEY_ID, "wave": "1", "kind": "deliver_chunk"}.items()
    assert sent["trace_id"] == start.trace_id.hex()
    ended = [line["message"] for line in seen.log if line["logger"] == "sojourn.worker"]
    assert ended[-1] == "the journey is finished"
