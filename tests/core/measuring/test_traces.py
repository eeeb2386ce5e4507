"""An OTLP receiver gets a trace of each run: its parts, what systems were asked, and nothing about employees."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core import settings
from core.jobs import tasks
from core.measuring import traces
from core.models import RunStatus
from core.sync import engine
from harness import world
from tests.core.reports import reported_runs

MEASURES = {
    "seconds": {"reading": 1.5, "writing": 0.5},
    "source": {"calls": 7, "refused": 2, "waited": 1.5, "slowest": 0.2},
    "target": {"calls": 3, "refused": 0, "waited": 0.0, "slowest": 0.1},
}
HEX_TRACE, HEX_SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")


class Receiver(HTTPServer):
    """Takes OTLP as a collector does; refuses what is no trace."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    """Keeps the spans of a request."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        is_json = self.headers["content-type"] == "application/json"
        self.send_response(200 if is_json and self.path == "/v1/traces" else 400)
        self.end_headers()
        self.server.headers.append(dict(self.headers))
        for resource in json.loads(body)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                self.server.spans += scope["spans"]

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def receiver(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc, x-tenant=hub")
        settings.settings.cache_clear()
        yield server
        server.shutdown()
    settings.settings.cache_clear()


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def test_a_run_that_has_ended_is_a_trace(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = reported_runs.run(
        world.active_connection(), RunStatus.ERROR, measures=MEASURES, read=9, errors=9
    )
    monkeypatch.setattr(engine, "execute", lambda *_args, **_more: RunStatus.ERROR)
    monkeypatch.setattr(tasks, "probe_after_error", lambda _run: None)
    tasks.sync_run(run_id)
    root, *parts = receiver.spans
    names = ["waiting", "reading", "writing", "requests to the source", "requests to the target"]
    assert root["name"] == "run" and [each["name"] for each in parts] == names
    assert {each["traceId"] for each in receiver.spans} == {root["traceId"]} and HEX_TRACE.fullmatch(
        root["traceId"]
    )
    assert {each["parentSpanId"] for each in parts} == {root["spanId"]} and "parentSpanId" not in root
    assert len({each["spanId"] for each in receiver.spans if HEX_SPAN.fullmatch(each["spanId"])}) == 6
    for each in receiver.spans:
        assert int(each["startTimeUnixNano"]) <= int(each["endTimeUnixNano"])
    reading = int(parts[1]["endTimeUnixNano"]) - int(parts[1]["startTimeUnixNano"])
    assert reading == 1_500_000_000 and parts[2]["startTimeUnixNano"] == parts[1]["endTimeUnixNano"]
    about = attributes(root)
    assert (about["ihub.run.status"], about["ihub.run.read"], root["status"]) == ("ERROR", "9", {"code": 2})
    asked = attributes(parts[3])
    assert (asked["ihub.system"], asked["ihub.requests.calls"], asked["ihub.requests.refused"]) == (
        "enablehr",
        "7",
        "2",
    )
    [headers] = receiver.headers
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == "Bearer abc"
    assert "Harbour" not in json.dumps(receiver.spans)


def test_a_collector_that_is_down_or_not_set_stops_no_run(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = reported_runs.run(world.active_connection())
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    settings.settings.cache_clear()
    traces.send_ended(run_id)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    settings.settings.cache_clear()
    monkeypatch.setattr(traces, "reading", None)  # nothing is read
    traces.send_ended(run_id)
