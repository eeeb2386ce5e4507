"""A plan in groups, searched, a page at a time, and as a file that is audited and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Audit, Connection, FieldConflict, PlanState, Record, RunStatus
from core.reports import audit_wording, run_list
from core.reports.run_filter import RunFilter
from core.review import approvals, plan_rows, plans
from core.review.plan_rows import PlanFilter, PlanGroup
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.review.test_plans import _no_queue, admin, carry_out, state
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import person

__all__ = ["_no_queue"]
FORMULA = '=HYPERLINK("http://x.example";"Stella")'


@pytest.fixture
def held(sqlite_hub: Hub) -> Ended:
    """Hold a run that would create one, give one a bank account, and change the phone of two."""
    hub = sqlite_hub
    hub.fill(5)
    hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.edit("s1", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    for number in (2, 3):
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    hub.source.put("new", person(51, surname=FORMULA))
    ended = hub.run()
    assert ended.status is RunStatus.HELD
    return ended


def found(actor: Actor, run_id: int, only: PlanFilter) -> list[str]:
    return [row.record.source_id for row in plan_rows.plan_page(actor, run_id, only).rows]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (plan_rows.EVERYBODY, ["new", "s1", "s2", "s3"]),
        (PlanFilter(PlanGroup.OVER_LIMIT), ["new"]),
        (PlanFilter(PlanGroup.CREATE), ["new"]),
        (PlanFilter(PlanGroup.UPDATE), ["s1", "s2", "s3"]),
        (PlanFilter(PlanGroup.BANK), ["s1"]),
        (PlanFilter(PlanGroup.TERMINATE), []),
        (PlanFilter(search="s2"), ["s2"]),
        (PlanFilter(PlanGroup.UPDATE, "surname3"), ["s3"]),
    ],
)
def test_a_group_and_a_search_narrow_the_plan(
    sqlite_hub: Hub, held: Ended, only: PlanFilter, expected: list[str]
) -> None:
    actor = admin(sqlite_hub)
    assert found(actor, held.id, only) == expected
    assert sorted(plan_rows.positions_of(actor, held.id, only)) == sorted(
        held.rows[source_id].position for source_id in expected
    )


def test_each_group_is_counted_and_says_why_an_employee_is_in_it(sqlite_hub: Hub, held: Ended) -> None:
    actor = admin(sqlite_hub)
    counts = plan_rows.plan_counts(actor, held.id)
    assert counts == {
        PlanGroup.OVER_LIMIT: 1,
        PlanGroup.CREATE: 1,
        PlanGroup.UPDATE: 3,
        PlanGroup.BANK: 1,
    }
    (over,) = plan_rows.plan_page(actor, held.id, PlanFilter(PlanGroup.OVER_LIMIT)).rows
    assert over.remarks == ("Held by: New employees.",)


def test_a_field_that_waits_is_a_group_of_its_own(sqlite_hub: Hub, held: Ended) -> None:
    with transaction() as session:
        pairing = session.get_one(Connection, sqlite_hub.connection_id).pairing_id
        link = {"pairing_id": pairing, "source_id": "s2", "target_id": "1002", "name": "Two"}
        values = {"field": "bank", "label": "Bank account", "code": "CHANGED_IN_PAYROLL"}
        hashes = {"sent": b"12345678", "shown": b"87654321", "ciphertext": b"", "run_id": held.id}
        session.add(FieldConflict(**link, **values, **hashes))
    (row,) = plan_rows.plan_page(admin(sqlite_hub), held.id, PlanFilter(PlanGroup.FIELD_WAITS)).rows
    assert row.record.source_id == "s2"
    assert row.remarks == ("Bank account waits for a decision and is left as it is.",)


def test_a_group_is_approved_and_the_list_of_runs_says_how_much_it_was(sqlite_hub: Hub, held: Ended) -> None:
    hub, actor = sqlite_hub, admin(sqlite_hub)

    def decided() -> dict[int, str]:
        return {run.id: run.decided for run in run_list.runs_page(actor, RunFilter()).rows}

    assert decided()[held.id] == "Waits for a decision"
    done = carry_out(
        hub, actor, held.id, plan_rows.positions_of(actor, held.id, PlanFilter(PlanGroup.UPDATE))
    )
    assert done.counters.updated == 3 and "new" not in done.rows
    assert decided()[held.id] == "3 of 4 approved"
    rest = "3 of 4 approved. The other employee was not written and comes again in the next run."
    origin, plan = plans.origin_run(actor, done.id), plans.get_plan(actor, held.id)
    assert (
        origin is not None
        and plan is not None
        and (origin.run_id, origin.rest, plan.rest)
        == (
            held.id,
            rest,
            rest,
        )
    )
    assert set(hub.run().decisions()) >= {"new"}, "the rest comes again"


def test_a_plan_is_exported_masked_defused_and_audited_also_when_it_is_decided(
    sqlite_hub: Hub, held: Ended
) -> None:
    actor = admin(sqlite_hub)
    text = "".join(plan_rows.export_plan(actor, held.id).chunks)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    by_id = {row["Source ID"]: row for row in rows}
    assert set(by_id) == {"new", "s1", "s2", "s3"} and "12345678" not in text
    assert (by_id["s1"]["Field"], by_id["s1"]["After"]) == ("Bank account", "••• 678")
    assert by_id["new"]["Record"] == f"Given51 {FORMULA}" and by_id["new"]["Field"] == "all fields"
    assert by_id["new"]["Remarks"] == "Held by: New employees."
    with transaction() as session:
        session.get_one(Record, (held.id, held.rows["s2"].position)).name = FORMULA
    approvals.reject(actor, held.id, " Not  now\n")
    assert state(held.id) is PlanState.REFUSED
    only = PlanFilter(search="s2")
    (row,) = csv.DictReader(io.StringIO("".join(plan_rows.export_plan(actor, held.id, only).chunks)[1:]))
    assert row["Record"] == f"'{FORMULA}"
    with reading() as session:
        audits = session.scalars(select(Audit).order_by(Audit.id)).all()
    assert [row.action for row in audits][-3:] == ["export.plan", "plan.refuse", "export.plan"]
    assert audit_wording.details_text(audits[-2].detail) == "Note: Not now"


def test_a_note_that_is_too_long_is_refused_and_the_plan_stays(sqlite_hub: Hub, held: Ended) -> None:
    actor = admin(sqlite_hub)
    for decide in (approvals.approve, approvals.reject):
        with pytest.raises(InvalidError, match="at most 500 characters; this one has 501"):
            decide(actor, held.id, note="x" * 501)
    assert state(held.id) is PlanState.OPEN


def test_a_plan_of_somebody_else_or_of_no_run_is_not_exported(sqlite_hub: Hub, held: Ended) -> None:
    stranger = Actor("sue", ActingRole.ACCOUNT_ADMIN, 1, world.account("Other"))
    with pytest.raises(NotFoundError, match="There is no such"):
        plan_rows.export_plan(stranger, held.id)
    with pytest.raises(NotFoundError, match="no kept plan"):
        plan_rows.export_plan(admin(sqlite_hub), held.id - 1)
    with reading() as session:
        assert "export.plan" not in set(session.scalars(select(Audit.action)))
