"""A store with as many runs and records as years of use leave behind, filled by SQL on either engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, text

from bench.reports.kept_people import keep
from core.clock import now
from core.db import engine, transaction
from core.models import (
    Connection,
    ConnectionStatus,
    Job,
    OpenProblem,
    Pairing,
    Position,
    ProblemKind,
    Role,
    Run,
    RunKind,
    RunStatus,
    Side,
    SideState,
    Trigger,
    User,
)
from core.security import key_files, passwords
from core.security.actor import ActingRole, Actor
from harness import world

USERNAME, PASSWORD = "analyst", "Harbour.Foods.2026"
CONNECTIONS, PEOPLE, DAYS = 20, 10_000, 3 * 365
# Of each hundred employees of a run, from which on they have an outcome.
OUTCOMES = (
    ("unchanged", 0, "No change", "Skipped", None),
    ("updated", 80, "Update", "Updated", None),
    ("created", 88, "Create", "Created", None),
    ("filtered", 93, "Filtered", "Skipped", "NOT_IN_SCOPE"),
    ("errors", 97, "Update", "Failed", "REFUSED"),
    ("terminated", 99, "Terminate", "Terminated", None),
)
CHANGES = '[{"field": "mobile", "label": "Mobile", "before": "•••", "after": "•••"}]'
WARNINGS = (
    '[{"code": "NO_VALUE_MAP", "message": "{target} has no value for Position.", "field": "position", '
    '"kind": "WARNING", "fixer": "HR"}]'
)
# One statement for each engine alike; JSON is text in one of them, and a type in the other.
RECORDS = """
    INSERT INTO record
        (run_id, position, source_id, target_id, name, decision, reason, action, message, changes, warnings, unsent)
    SELECT run.id, n.value, 'S' || (1000000 + n.value), 'T' || (1000000 + n.value), 'Person ' || n.value || ' Ngata',
        {decision}, {reason}, {action},
        CASE WHEN n.value % 100 IN (97, 98) THEN '{{target}} refused the record: the mobile number is too long.' END,
        CASE WHEN n.value % 100 BETWEEN 80 AND 87 THEN {changes} END,
        CASE WHEN n.value % 100 = 81 THEN {warnings} END,
        {no}
    FROM run CROSS JOIN bench_number AS n
    WHERE run.id BETWEEN {first} AND {last} AND n.value < run."read"
"""
NUMBERS = """
    INSERT INTO bench_number
    WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < {last}) SELECT value FROM n
"""
LINKS = """
    INSERT INTO link (pairing_id, source_id, target_id, matched_by, updated_at)
    SELECT pairing.id, 'S' || (1000000 + n.value), 'T' || (1000000 + n.value), 512, CURRENT_TIMESTAMP
    FROM pairing CROSS JOIN bench_number AS n WHERE n.value < CASE WHEN pairing.id = 1 THEN {large} ELSE {people} END
"""


def fill(records: int, runs: int) -> Actor:
    """Fill the store of this process, which is empty: a tenth of the records are those of the newest run.

    Returns an analyst of its account.
    """
    account = world.account()
    key_files.write_keys([key_files.new_key()])
    connections = [_connection(account, number) for number in range(1, CONNECTIONS + 1)]
    user = world.person(account, Role.ACCOUNT_ADMIN, username=USERNAME)
    large = records // 10
    each = (records - large) // max(1, runs - 1)
    with transaction() as session:
        session.get_one(User, user).password_hash = passwords.hash_new(PASSWORD)
        rows = [
            _run(number, account, connections, large if number == runs else each, runs)
            for number in range(1, runs + 1)
        ]
        for first in range(0, runs, 5_000):
            session.execute(insert(Run), rows[first : first + 5_000])
        session.execute(insert(OpenProblem), [_problem(number) for number in range(2_000)])
    _fill_by_sql(max(large, PEOPLE), runs)
    for pairing in range(1, CONNECTIONS + 1):
        keep(pairing, large if pairing == 1 else PEOPLE)
    return Actor("Analyst", ActingRole.ACCOUNT_ADMIN, user, account)


def _connection(account: int, number: int) -> int:
    with transaction() as session:
        systems = {"source_system": f"enablehr:{number}", "target_system": f"ipayroll:{number}"}
        pairing = Pairing(account_id=account, first_changes_decided_at=now(), **systems)
        session.add(pairing)
        session.flush()
        connection = Connection(
            account_id=account,
            pairing_id=pairing.id,
            name=f"enableHR → iPayroll {number}",
            status=ConnectionStatus.ACTIVE,
            sides=[
                Side(position=Position.SOURCE, kind="enablehr", state=SideState.CONNECTED),
                Side(position=Position.TARGET, kind="ipayroll", state=SideState.CONNECTED),
            ],
        )
        session.add(connection)
        session.flush()
        session.add(Job(connection_id=connection.id))
        return connection.id


def large_run() -> int:
    """Return the run with most records."""
    with transaction() as session:
        return session.scalar(select(func.max(Run.id))) or 0


def _run(number: int, account: int, connections: list[int], read: int, runs: int) -> dict[str, Any]:
    """Return a run; the newest one is of the first connection."""
    counted = {name: _number_of(at, read) for at, (name, *_) in enumerate(OUTCOMES)}
    began = now() - timedelta(days=DAYS * (runs - number) / runs)
    return {
        "account_id": account,
        "connection_id": connections[0] if number == runs else connections[number % len(connections)],
        "trigger": Trigger.SCHEDULED if number % 3 else Trigger.MANUAL,
        "kind": RunKind.PREVIEW if number % 50 == 1 else RunKind.SYNC,
        "status": RunStatus.ERROR if counted["errors"] else RunStatus.COMPLETE,
        "created_at": began,
        "started_at": began,
        "due_at": began if number % 3 else None,
        "ended_at": began + timedelta(seconds=5 + read // 500),
        "mapping_version": 0,
        "read": read,
        "written": counted["updated"] + counted["created"] + counted["terminated"],
        "need_action": counted["errors"],
        **counted,
    }


def _number_of(at: int, read: int) -> int:
    """Return how many of the first employees of a run have an outcome."""
    first = OUTCOMES[at][1]
    last = OUTCOMES[at + 1][1] if at + 1 < len(OUTCOMES) else 100
    return read // 100 * (last - first) + max(0, min(read % 100, last) - first)


def _problem(number: int) -> dict[str, Any]:
    return {
        "pairing_id": 1 + number % CONNECTIONS,
        "kind": ProblemKind.OUTCOME,
        "source_id": f"S{1_000_000 + number}",
        "code": "REFUSED",
        "name": f"Person {number} Ngata",
        "message": "The record was refused: the mobile number is too long.",
        "fixer": "PAYROLL",
    }


def _case(column: int) -> str:
    """Return an outcome's column as SQL, from the place in a hundred."""
    steps = "".join(
        f" WHEN n.value % 100 >= {each[1]} THEN {'NULL' if each[column] is None else repr(each[column])}"
        for each in reversed(OUTCOMES)
    )
    return f"CASE{steps} END"


def _json(value: str, is_text: bool) -> str:
    return f"'{value}'" if is_text else f"CAST('{value}' AS json)"


def _fill_by_sql(numbers: int, runs: int) -> None:
    is_sqlite = engine().dialect.name == "sqlite"
    parts = {
        "decision": _case(2),
        "action": _case(3),
        "reason": _case(4),
        "changes": _json(CHANGES, is_sqlite),
        "warnings": _json(WARNINGS, is_sqlite),
        "no": "0" if is_sqlite else "false",
    }
    with engine().begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bench_number (value INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(NUMBERS.format(last=numbers - 1))
        connection.exec_driver_sql(
            LINKS.format(large=numbers, people=PEOPLE).replace("%", "%%" if not is_sqlite else "%")
        )
    step = max(1, runs // 100)
    for first in range(1, runs + 1, step):
        statement = RECORDS.format(first=first, last=min(first + step - 1, runs), **parts)
        with engine().begin() as connection:
            connection.execute(text(statement.replace(":", "\\:")))
    with engine().begin() as connection:
        connection.exec_driver_sql("DROP TABLE bench_number")
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
