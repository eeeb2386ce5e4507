"""Send a trace of each run that has ended to an OpenTelemetry collector, as OTLP in JSON over HTTP.

A trace holds the run, how long it waited, its phases, and what each system was asked: ids, kinds and counts, nothing
about employees. Without an endpoint nothing is read or sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.db import reading
from core.models import Run, RunStatus, Side
from core.settings import settings

log = structlog.get_logger()

SECONDS = 2.0
# The kinds and the status of spans in OTLP.
INTERNAL, CLIENT, CONSUMER = 1, 3, 5
FAILED = {"code": 2}
COUNTS = "read", "unchanged", "filtered", "held", "created", "updated", "terminated", "errors"
ASKED = ("calls", "refused", "waited", "slowest")
NANOSECONDS = 1_000_000_000


def send_ended(run_id: int) -> None:
    """Send the trace of a run that has ended, where an endpoint is set. A collector that is down costs two seconds."""
    endpoint = settings().otlp_endpoint
    if not endpoint:
        return
    with reading() as session:
        run = session.get_one(Run, run_id, options=[undefer(Run.measures)])
        sides = session.execute(
            select(Side.position, Side.kind).where(Side.connection_id == run.connection_id)
        )
        kinds = {row.position.value.lower(): row.kind for row in sides}
    body = orjson.dumps(_document(list(_spans(run, kinds))))
    headers = {"content-type": "application/json"} | settings().otlp_header_lines()
    request = Request(f"{endpoint.rstrip('/')}/v1/traces", body, headers)  # noqa: S310 - WebAddress allows http(s) only
    try:
        with urlopen(request, timeout=SECONDS):  # noqa: S310
            pass
    except (URLError, OSError, ValueError) as error:
        log.info("trace.not_sent", run=run_id, error=type(error).__name__)


def _document(spans: list[dict[str, Any]]) -> dict[str, Any]:
    resource = {"attributes": _attributes({"service.name": "ihub-worker"})}
    return {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "ihub"}, "spans": spans}]}]
    }


def _spans(run: Run, kinds: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the run and its parts. A run that several workers did has one phase of each name, one after the other."""
    trace, root = secrets.token_hex(16), secrets.token_hex(8)
    ended = _nanoseconds(run.ended_at or run.created_at)
    started = _nanoseconds(run.started_at or run.ended_at or run.created_at)
    created = min(_nanoseconds(run.created_at), started)
    about: dict[str, object] = {
        "ihub.run.id": run.id,
        "ihub.account.id": run.account_id,
        "ihub.connection.id": run.connection_id,
    }
    about |= {"ihub.run.kind": run.kind.value, "ihub.run.trigger": run.trigger.value}
    about |= {"ihub.run.status": run.status.value, "ihub.run.attempts": run.attempt}
    about |= {f"ihub.run.{name}": getattr(run, name) for name in COUNTS}
    whole = {"traceId": trace, "spanId": root} | _span("run", CONSUMER, created, ended, about)
    yield whole | ({"status": FAILED} if run.status is RunStatus.ERROR else {})
    for part in _parts(run, kinds, (created, started, ended)):
        yield {"traceId": trace, "spanId": secrets.token_hex(8), "parentSpanId": root} | part


def _parts(run: Run, kinds: Mapping[str, str], moments: tuple[int, int, int]) -> Iterator[dict[str, Any]]:
    created, started, ended = moments
    yield _span("waiting", INTERNAL, created, started, {})
    measured, at = run.measures or {}, started
    for name, seconds in (measured.get("seconds") or {}).items():
        until = at + int(seconds * NANOSECONDS)
        yield _span(name, INTERNAL, at, until, {})
        at = until
    for side, kind in kinds.items():
        asked = measured.get(side) or {}
        if asked.get("calls"):
            counts = {f"ihub.requests.{name}": asked.get(name, 0) for name in ASKED}
            yield _span(f"requests to the {side}", CLIENT, started, ended, counts | {"ihub.system": kind})


def _span(name: str, kind: int, begins: int, ends: int, about: Mapping[str, object]) -> dict[str, Any]:
    times = {"startTimeUnixNano": str(begins), "endTimeUnixNano": str(max(begins, ends))}
    return {"name": name, "kind": kind, **times, "attributes": _attributes(about)}


def _attributes(about: Mapping[str, object]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in about.items()]


def _value(value: object) -> dict[str, object]:
    """Return a value as OTLP writes it in JSON: whole numbers as text."""
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
