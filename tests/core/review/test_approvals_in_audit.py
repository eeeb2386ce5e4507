"""The audit names the person who approved or rejected the plan of a held run."""

from __future__ import annotations

from sqlalchemy import select

from core.db import reading
from core.models import Audit
from core.review import approvals
from tests.core.review.test_plans import _no_queue, admin, bank_change, carry_out, held_run
from tests.core.sync.conftest import Hub

__all__ = ["_no_queue"]


def decided() -> list[tuple[str, str, int | None, object]]:
    """Return each decision, its run, the person who made it, and the number of employees."""
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action.startswith("plan.")).order_by(Audit.id))
        return [(row.action, row.subject, row.user_id, row.detail["chosen"]) for row in rows]


def test_an_approval_says_who_and_how_many(hub: Hub) -> None:
    held = held_run(hub)
    one, two = admin(hub, "alex"), held.rows["s2"].position
    carry_out(hub, one, held.id, [two])
    assert decided() == [("plan.approve", f"run:{held.id}", one.user_id, 1)]


def test_each_of_two_people_who_agree_to_bank_accounts_has_a_row(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    starter, first, second = (admin(hub, name) for name in ("alex", "bo", "cy"))
    run_id = bank_change(hub, 2, starter)
    assert approvals.approve(first, run_id) is None
    carry_out(hub, second, run_id)
    assert [row[:3] for row in decided()] == [
        ("plan.agree", f"run:{run_id}", first.user_id),
        ("plan.approve", f"run:{run_id}", second.user_id),
    ]
