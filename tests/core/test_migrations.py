"""A filled store of the version before is upgraded without loss, and downgraded again, on both engines.

One file, because the tables of that version are written out here once, for every test.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import select, text

from core import db, schema, settings
from core.clock import now
from core.db import reading, transaction
from core.migrations import frozen_envelope
from core.models import (
    Account,
    Action,
    Decision,
    Exclusion,
    Link,
    OAuthClient,
    Pairing,
    PayloadBatch,
    Plan,
    PlanState,
    Record,
    RejectedMatch,
    Run,
    RunKind,
    Side,
    SignInRequest,
    ThrottleEvent,
    Trigger,
    User,
)
from core.review import approvals
from core.runs import lease as run_lease
from core.runs import request, selection
from core.security import key_files
from core.security.actor import OPERATOR
from core.sync.compare.link_state import for_identity
from core.sync.store import journal, payloads, records, tally
from tests.conftest import ENGINES, administer, forget_settings

pytestmark = pytest.mark.slow

BEFORE = "0130"
NOON = datetime(2026, 7, 1, 2, tzinfo=UTC)
# What a run of the version before was to write for one employee.
PEOPLE: dict[int, list[Any]] = {
    position: [
        *(position, f"s{position}", None, "Create", None),
        *(0, [f"Given{position}", "865414088"], None, [], [], False, "v1", "ab12", None),
    ]
    for position in range(3)
}
HELD, WRITING, WAITING, ONE_PERSON = 1, 3, 5, 6
POSITIONS = 1 << 24


def payload(*positions: int) -> bytes:
    return orjson.dumps(
        {"layouts": [[["given", "tax"], []]], "people": [PEOPLE[position] for position in positions]}
    )


def insert(table: str, **values: object) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    with db.engine().begin() as connection:
        connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({places})'), values)


def moment(at: datetime = NOON) -> object:
    """Return a moment as the engine's driver takes it in raw SQL."""
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if db.engine().dialect.name == "sqlite" else at


def insert_run(run_id: int, connection_id: int, status: str, type: str = "Manual", **more: object) -> None:
    counted = dict.fromkeys(
        ("read", "unchanged", "filtered", "held", "written", "created", "updated", "terminated", "errors"), 0
    )
    columns = {"id": run_id, "account_id": 1, "connection_id": connection_id, "type": type, "status": status}
    columns |= {"kind": "SYNC", "phase": "READING", "created_at": moment(), "attempt": 1} | counted
    insert("run", **columns | more)


def insert_records(run_id: int, action: str, ring: MultiFernet) -> None:
    """Three employees to create, in two parcels."""
    for first, positions in ((0, (0, 1)), (2, (2,))):
        parcel_id = run_id * POSITIONS + first
        sealed = frozen_envelope.encrypt(ring, payload(*positions))
        insert("parcel", id=parcel_id, run_id=run_id, last=positions[-1], sealed=sealed)
        for position in positions:
            insert(
                "record",
                run_id=run_id,
                position=position,
                source_id=f"s{position}",
                name=f"Given{position}",
                decision="Create",
                action=action,
                parcel_id=parcel_id,
            )


def fill() -> None:
    """Fill a store of the version before: three connections with a held plan, a writing run, an approved plan."""
    ring = MultiFernet([Fernet(key) for key in key_files.read_keys()])
    insert(
        "account",
        id=1,
        name="Harbour Foods",
        region="AU",
        time_zone="Pacific/Auckland",
        ihub_enabled=True,
        created_at=moment(),
    )
    insert(
        "user",
        id=1,
        username="grace",
        name="Grace",
        is_support=False,
        active=True,
        created_at=moment(),
        password_until=moment(),
    )
    insert("membership", id=1, user_id=1, account_id=1, role="account_admin", created_at=moment())
    for number in (1, 2, 3):
        insert(
            "pairing",
            id=number,
            account_id=1,
            source_system=f"enablehr:{number}",
            target_system="x:1",
            created_at=moment(),
            basis=b"0123456789abcdef",
            basis_since=moment(),
        )
        insert(
            "connection",
            id=number,
            account_id=1,
            pairing_id=number,
            name="A → B",
            status="ACTIVE",
            created_at=moment(),
        )
        insert("job", id=number, connection_id=number, settings="{}", created_at=moment())
        for at, position in enumerate(("SOURCE", "TARGET")):
            insert(
                "side",
                id=number * 2 + at,
                connection_id=number,
                position=position,
                kind="enablehr",
                settings="{}",
                state="CONNECTED",
                state_since=moment(),
                renewal_token="busy",
                renewal_until=moment(),
                renewed_at=moment(),
            )
    insert(
        "schedule",
        id=1,
        job_id=1,
        every="day",
        at="07:30",
        time_zone="Pacific/Auckland",
        active=True,
        next_due_at=moment(),
        created_at=moment(),
    )
    insert_run(2, 1, "COMPLETE", "Scheduled", schedule_id=1, due_at=moment(), read=1, created=1, written=1)
    insert_run(HELD, 1, "HELD", message="Held: many would be created.", read=3, held=3)
    insert(
        "plan",
        run_id=HELD,
        state="OPEN",
        breaches="[]",
        kept_until=moment(now() + timedelta(days=5)),
        first_approver=1,
        first_choice="[0, 2]",
    )
    insert_records(HELD, "Not written", ring)
    insert_run(
        WRITING,
        2,
        "RUNNING",
        phase="WRITING",
        sent_through=1,
        lease_token="gone",
        lease_until=moment(),
        read=3,
    )
    insert_records(WRITING, "Pending", ring)
    insert_run(4, 3, "HELD", read=3, held=3)
    insert_run(WAITING, 3, "QUEUED", attempt=0)
    insert(
        "plan",
        run_id=4,
        state="APPROVED",
        breaches="[]",
        kept_until=moment(),
        decided_by=1,
        decided_at=moment(),
        adopted_by=WAITING,
    )
    insert_records(WAITING, "Pending", ring)
    insert_run(ONE_PERSON, 2, "QUEUED", attempt=0, kind="ONE_PERSON", person="s7")
    for pairing in (1, 2):
        insert(
            "link",
            pairing_id=pairing,
            source_id="s0",
            target_id="T0",
            fingerprint=b"f" * 16,
            mark="v0",
            likeness=b"l" * 12,
            run_id=2,
            updated_at=moment(),
        )
    insert(
        "left_out",
        pairing_id=1,
        source_id="s9",
        mark="v9",
        linked=False,
        reason="STATUS",
        message="Out of scope.",
        looked_at=moment(),
    )
    insert("ruling", pairing_id=1, source_id="s0", target_id="T8", made_by=1, made_at=moment())
    insert("sign_in_failure", who="a" * 64, at=moment())
    insert(
        "sign_in_trip",
        state_hash="s" * 64,
        browser_hash="b" * 64,
        verifier=b"v",
        next_page="/Jobs",
        expires_at=moment(),
    )
    insert(
        "client_registration",
        kind="xero",
        client_id="ours",
        secret=b"sealed",
        addresses='["https://x.test"]',
        set_by=1,
        set_at=moment(),
    )
    insert(
        "audit",
        id=1,
        at=moment(),
        user_id=1,
        action="run.start",
        subject="run:1",
        result="done",
        detail='{"source": "s1"}',
    )
    if db.engine().dialect.name == "postgresql":  # its sequences have not seen the numbers given here
        for table in ("user", "run", "audit"):
            with db.engine().begin() as connection:
                connection.execute(text(f"SELECT setval('{table}_id_seq', 100)"))


@pytest.fixture(params=ENGINES)
def before(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test a filled store of the version before."""
    if request.param == "sqlite":
        schema.upgrade(BEFORE)
        fill()
        yield
        db.engine().dispose()
        return
    address: str = request.getfixturevalue("postgres_server")
    name = f"before_{abs(hash(request.node.nodeid)) % 10**12}"
    administer(address, f"CREATE DATABASE {name}")
    monkeypatch.setenv("DATABASE_URL", f"{address}/{name}")
    forget_settings()
    schema.upgrade(BEFORE)
    fill()
    yield
    db.engine().dispose()
    administer(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def rows(table: str) -> list[dict[str, object]]:
    with db.engine().connect() as connection:
        found = connection.execute(text(f'SELECT * FROM "{table}"'))
        return sorted(({**row} for row in found.mappings()), key=str)


def test_everything_is_found_again_under_its_new_name(before: None) -> None:
    schema.upgrade()
    assert schema.differences() == []
    with reading() as session:
        assert session.get_one(Account, 1).time_zone == "Pacific/Auckland"
        assert session.get_one(User, 1).one_time_password_expires_at == NOON
        pairing = session.get_one(Pairing, 1)
        assert (pairing.config_fingerprint, pairing.config_since) == (b"0123456789abcdef", NOON)
        side = session.get_one(Side, 2)
        assert (side.refresh_lock_token, side.refresh_lock_until, side.refreshed_at) == ("busy", NOON, NOON)
        run = session.get_one(Run, 2)
        assert (run.trigger, run.due_at, run.created) == (Trigger.SCHEDULED, NOON, 1)
        assert session.get_one(Run, WRITING).sent_watermark == 1
        chosen = session.get_one(Run, ONE_PERSON)
        assert (chosen.kind, chosen.selection) == (RunKind.SELECTED, selection.digest(["s7"]))
        assert selection.load(session, ONE_PERSON) == ("s7",)
        assert session.get_one(Run, WAITING).selection == "plan-4"
        plan = session.get_one(Plan, 4)
        assert (plan.state, plan.applied_by_run_id) == (PlanState.APPROVED, WAITING)
        assert session.get_one(Plan, HELD).first_selection == [0, 2]
        link = session.get_one(Link, (1, "s0"))
        assert (link.source_version, link.state) == ("v0", for_identity(b"l" * 12))
        exclusion = session.get_one(Exclusion, (1, "s9"))
        assert (exclusion.source_version, exclusion.checked_at, exclusion.linked) == ("v9", NOON, False)
        rejected = session.get_one(RejectedMatch, (1, "s0", "T8"))
        assert (rejected.decided_by, rejected.decided_at) == (1, NOON)
        assert session.scalars(select(ThrottleEvent.key)).all() == ["a" * 64]
        assert session.scalars(select(SignInRequest.next_page)).all() == ["/Jobs"]
        assert session.get_one(OAuthClient, "xero").addresses == ["https://x.test"]
    with transaction() as session:  # the number still counts up
        session.add(ThrottleEvent(key="b" * 64))


def test_a_held_plan_of_before_is_approved_and_written(before: None) -> None:
    schema.upgrade()
    new = approvals.approve(OPERATOR, HELD)
    assert new is not None
    assert to_write(new) == payload_intents()


def test_a_run_of_before_goes_on_where_it_was(before: None) -> None:
    schema.upgrade()
    lease = run_lease.claim(WRITING)
    assert lease is not None
    intents = list(records.intents(journal.reserve_next(lease, -1, 10)))
    assert [(intent.source_id, intent.sent) for intent in intents] == [
        ("s0", True),
        ("s1", True),
        ("s2", False),
    ]
    assert to_write(WAITING) == payload_intents()


def to_write(run_id: int) -> list[tuple[str, Decision, object]]:
    with transaction() as session:
        taken = records.pending(session, run_id, -1, 10)
    return [
        (intent.source_id, intent.decision, intent.payload.prepared.values)
        for intent in records.intents(taken)
    ]


def payload_intents() -> list[tuple[str, Decision, object]]:
    return [
        (f"s{position}", Decision.CREATE, {"given": f"Given{position}", "tax": "865414088"})
        for position in range(3)
    ]


def test_on_the_way_back_waiting_runs_that_have_no_place_are_cancelled(before: None) -> None:
    schema.upgrade()
    asked = {"kind": RunKind.SELECTED, "chosen": ["s1", "s2"]}
    several = request.request(1, Trigger.MANUAL, **asked)  # type: ignore[arg-type]
    first = request.request(1, Trigger.SCHEDULED)
    behind = request.request(3, Trigger.MANUAL)
    schema.downgrade(BEFORE)
    found = {row["id"]: row["status"] for row in rows("run")}
    wanted = {several: "CANCELLED", first: "QUEUED", behind: "CANCELLED", WAITING: "QUEUED"}
    assert {run_id: found[run_id] for run_id in wanted} == wanted


@pytest.mark.parametrize("keys", ["missing", "others"])
def test_without_the_keys_held_plans_end_with_a_sentence(before: None, keys: str) -> None:
    lose(keys)
    schema.upgrade()
    with reading() as session:
        plan, run = session.get_one(Plan, HELD), session.get_one(Run, HELD)
        assert (plan.state, plan.decided_at is None) == (PlanState.EXPIRED, False)
        assert run.message is not None
        assert run.message.startswith(
            "Held: many would be created. iHUB was updated without the encryption keys"
        )
        assert not session.scalars(select(PayloadBatch)).all()
        assert set(session.scalars(select(Record.payload_batch_id))) == {None}
        ended = session.execute(
            select(Record.position, Record.action, Record.reason).where(Record.run_id == WRITING)
        )
        assert sorted(tuple(row) for row in ended) == [
            (0, Action.FAILED, "UNANSWERED"),
            (1, Action.FAILED, "UNANSWERED"),
            (2, Action.FAILED, "NOT_ATTEMPTED"),
        ]
    for run_id in (WRITING, WAITING):
        assert tally.count(run_id).balanced


def test_keys_of_the_environment_go_before_those_of_the_file(
    before: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ",".join([key_files.new_key(), *key_files.read_keys()])
    lose("others")
    monkeypatch.setenv("IHUB_KEYS", keys)
    settings.settings.cache_clear()
    schema.upgrade()
    with reading() as session:
        batches = session.scalars(select(PayloadBatch.ciphertext)).all()
    ring = MultiFernet([Fernet(key) for key in keys.split(",")])
    assert batches and all(ring.decrypt(ciphertext) for ciphertext in batches)


def lose(keys: str) -> None:
    if keys == "missing":
        key_files.key_file().unlink()
    else:
        key_files.write_keys([key_files.new_key()])


def test_the_way_back_leaves_everything_as_it_was(before: None) -> None:
    tables = ("account", "user", "pairing", "side", "run", "plan", "record", "link", "left_out", "ruling")
    more = ("sign_in_failure", "sign_in_trip", "client_registration", "audit", "schedule")
    # What was last written to the employee of a link is not known any more.
    with db.engine().begin() as connection:
        connection.execute(text("UPDATE link SET fingerprint = NULL"))
    found = {table: rows(table) for table in (*tables, *more)}
    sealed = parcels()
    schema.upgrade()
    schema.downgrade(BEFORE)
    assert {table: rows(table) for table in found} == found
    assert parcels() == sealed
    insert("sign_in_failure", who="b" * 64, at=moment())


def parcels() -> list[tuple[object, ...]]:
    ring = MultiFernet([Fernet(key) for key in key_files.read_keys()])
    return [
        (row["id"], row["run_id"], row["last"], frozen_envelope.decrypt(ring, row["sealed"]))  # type: ignore[arg-type]
        for row in rows("parcel")
    ]


def test_the_way_back_without_the_keys_ends_held_plans_too(before: None) -> None:
    schema.upgrade()
    lose("missing")
    schema.downgrade(BEFORE)
    assert rows("parcel") == []
    assert {row["state"] for row in rows("plan")} == {"EXPIRED", "APPROVED"}


def test_an_empty_store_needs_no_keys(home: Path) -> None:
    key_files.key_file().unlink()
    schema.upgrade()
    schema.downgrade(BEFORE)
    schema.upgrade()
    assert schema.is_current()
    assert settings.settings().store_url().startswith("sqlite")


def test_a_payload_keeps_its_form(home: Path) -> None:
    """What the version before wrote is what this version writes, apart from how it is encrypted."""
    token = MultiFernet([Fernet(key) for key in key_files.read_keys()]).encrypt(payload(1))
    (intent,) = payloads.decrypt(token)
    assert (intent.payload.source_version, intent.payload.state) == ("v1", b"\xab\x12")
    assert payloads.decrypt(payloads.encrypt([intent])) == [intent]
