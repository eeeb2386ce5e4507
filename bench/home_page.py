"""How long the sections of the Home page take with 10,000 connections: in one account, and for Support over all."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import time as datetime_time
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from bench.ratios import Scale
from bench.show import Line
from core import db, schema
from core.clock import now
from core.home import activity, connection_list
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Every,
    Job,
    OpenProblem,
    Pairing,
    PayCalendarVersion,
    Plan,
    Position,
    ProblemKind,
    Run,
    RunKind,
    RunStatus,
    Schedule,
    Side,
    SideState,
    Trigger,
)
from core.pay_days import public_holidays
from core.pay_days.calendar import WEEKS, PayCalendar
from core.pay_days.calendar_text import to_document
from core.pay_days.who_misses import coming
from core.security.actor import ActingRole, Actor
from core.settings import settings

CONNECTIONS, RUNS, DRAWN = 10_000, 20, 20
# As many pays as Home shows.
PAYS = 6
LIMIT_MILLISECONDS = 300


def _next_pay_days(actor: Actor, *, everywhere: bool) -> object:
    return None if everywhere else coming.next_pays(actor, PAYS)


SECTIONS: dict[str, Callable[..., object]] = {
    "connections": connection_list.connections_page,
    "runs in progress": activity.runs_in_progress,
    "plans to decide": activity.plans_to_decide,
    "alerts": activity.alerts,
    "people to fix": activity.people_to_fix,
    "next pay days": _next_pay_days,
}


def measure(_scale: Scale) -> Iterator[Line]:
    """Draw the sections again and again, and compare the 95th percentile of all together with the limit."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"IHUB_HOME": folder, "DATABASE_URL": ""}
        settings.cache_clear()
        db.forget_engine()
        schema.upgrade()
        account_id = fill()
        admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, None, account_id)
        began = time.perf_counter()
        coming.next_pays(admin, PAYS)
        yield Line(
            "First look of a process at the calendars", f"{(time.perf_counter() - began) * 1000:.0f} ms"
        )
        yield from _lines("Home of an account", admin, everywhere=False)
        yield from _lines("Home of Support, all accounts", Actor("Sue", ActingRole.SUPPORT), everywhere=True)
        db.forget_engine()


def _lines(name: str, actor: Actor, *, everywhere: bool) -> Iterator[Line]:
    taken: dict[str, list[float]] = {section: [] for section in SECTIONS}
    for _ in range(DRAWN):
        for section, draw in SECTIONS.items():
            began = time.perf_counter()
            draw(actor, everywhere=everywhere)
            taken[section].append((time.perf_counter() - began) * 1000)
    together = statistics.quantiles(map(sum, zip(*taken.values(), strict=True)), n=20)[-1]
    limit = LIMIT_MILLISECONDS
    yield Line(name, f"{together:.0f} ms", f"≤ {limit} ms", together <= limit)
    for section, each in taken.items():
        yield Line(f"  {section}", f"{statistics.quantiles(each, n=20)[-1]:.0f} ms")


def fill(connections: int = CONNECTIONS, runs: int = RUNS) -> int:
    """Add an account with connections of all kinds, their runs, schedules, held plans and problems; return its id."""
    with db.transaction() as session:
        account = Account(name="Harbour Foods", time_zone="Australia/Brisbane", ihub_enabled=True)
        session.add(account)
        session.flush()
        account_id = account.id
        for table, row_of in _TABLES:
            rows = [row_of(number, account_id) for number in range(1, connections + 1)]
            session.execute(insert(table), rows)
        for turn in range(runs):
            rows = [_run(number, account_id, turn) for number in range(1, connections + 1)]
            session.execute(insert(Run), rows)
        first = (runs - 1) * connections
        held = [
            {"run_id": first + number, "breaches": [], "kept_until": now() + timedelta(days=1)}
            for number in range(1, connections + 1, 50)
        ]
        session.execute(insert(Plan), held)
        session.execute(insert(OpenProblem), _problems(connections))
    return account_id


def _pairing(number: int, account: int) -> dict[str, Any]:
    systems = {"source_system": f"enablehr:{number}", "target_system": f"ipayroll:{number}"}
    return {"id": number, "account_id": account, **systems}


def _connection(number: int, account: int) -> dict[str, Any]:
    status = ConnectionStatus.ATTENTION if number % 100 == 0 else ConnectionStatus.ACTIVE
    name = f"enableHR → iPayroll {number}"
    return {"id": number, "account_id": account, "pairing_id": number, "name": name, "status": status}


def _side(number: int, position: Position, kind: str) -> dict[str, Any]:
    return {"connection_id": number, "position": position, "kind": kind, "state": SideState.CONNECTED}


def _schedule(number: int, _account: int) -> dict[str, Any]:
    rule = {"every": Every.DAY, "at": "07:30", "time_zone": "Australia/Brisbane"}
    return {"job_id": number, "next_due_at": now() + timedelta(hours=number % 24), **rule}


def _calendar(number: int, _account: int) -> dict[str, Any]:
    anchor = (now() + timedelta(days=number % 28)).date()
    regions = list(public_holidays.REGIONS)
    calendar = PayCalendar(
        list(WEEKS)[number % 3],
        anchor,
        region=regions[number % len(regions)],
        cut_off_time=datetime_time(number % 24),
    )
    return {"connection_id": number, "number": 1, "document": to_document(calendar)}


_TABLES: tuple[tuple[Any, Callable[[int, int], dict[str, Any]]], ...] = (
    (Pairing, _pairing),
    (Connection, _connection),
    (Side, lambda number, _: _side(number, Position.SOURCE, "enablehr")),
    (Side, lambda number, _: _side(number, Position.TARGET, "ipayroll")),
    (Job, lambda number, _: {"id": number, "connection_id": number}),
    (Schedule, _schedule),
    (PayCalendarVersion, _calendar),
)


def _run(number: int, account: int, turn: int) -> dict[str, Any]:
    """Return the run of a connection: every seventh one ends in ERROR, every fifth one is a preview."""
    began = now() - timedelta(days=RUNS - turn)
    return {
        "account_id": account,
        "connection_id": number,
        "trigger": Trigger.SCHEDULED,
        "kind": RunKind.PREVIEW if (number + turn) % 5 == 0 else RunKind.SYNC,
        "status": RunStatus.ERROR if number % 7 == 0 else RunStatus.COMPLETE,
        "started_at": began,
        "ended_at": began + timedelta(minutes=1),
    }


def _problems(connections: int) -> list[dict[str, Any]]:
    return [
        {
            "pairing_id": number,
            "kind": ProblemKind.OUTCOME,
            "source_id": f"S{person}",
            "code": "MISSING_FIELD",
            "name": f"Person {person}",
            "message": "Start date is missing. Enter it in the HR system.",
            "fixer": "HR",
        }
        for number in range(1, connections + 1, 3)
        for person in range(10)
    ]
