"""What a held run or a preview would have written, and the buttons that decide on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.models import PlanState, RunKind
from core.reports.records import RecordView
from core.reports.run_list import RunView
from core.review import approvals, plans
from core.review.plans import PlanView
from core.runs import outcome_catalogue
from pages.ui.layout import errors, links, tables, times
from pages.ui.layout.current_user import Visit
from pages.ui.layout.tables import Column, Html

LIMITS = (
    Column("What breached", "The guard rail that held the run."),
    Column("Employees", "How many employees it concerns.", number=True),
    Column("Limit", "How many the job allows.", number=True),
)
STATES = {
    PlanState.APPROVED: "Approved",
    PlanState.REFUSED: "Refused",
    PlanState.REPLACED: "Replaced by the plan of a later run",
    PlanState.EXPIRED: "No longer kept: its time is up, or limits have changed",
}


def draw(visit: Visit, run: RunView) -> None:
    """Draw the plan that a run has left, if it has left one, and lead to the plan that it has carried out."""
    origin = plans.origin_run(visit.actor, run.id)
    if origin is not None:
        links.link(f"See the plan, in run #{origin}", links.address("/Reports", run=origin))
    plan = plans.get_plan(visit.actor, run.id)
    if plan is None:
        return
    if plan.breaches:
        _breaches(plan)
    if not plan.writes and plan.state is PlanState.OPEN:
        return
    st.subheader("The plan" if plan.kind is RunKind.PREVIEW else "Decision")
    if plan.state is not PlanState.OPEN:
        _closed(visit, plan)
        return
    st.caption(
        f"Nothing of it has been written. The plan is kept until {times.moment(plan.kept_until, visit.zone)}."
    )
    _agreement(plan)
    if plan.can_decide:
        _decide(visit, plan, plans.planned_records(visit.actor, run.id))
    else:
        st.caption("An Account Admin can decide on it here.")


def _breaches(plan: PlanView) -> None:
    st.subheader("What breached" if plan.kind is not RunKind.PREVIEW else "What would hold a run")
    tables.draw(
        LIMITS,
        [(outcome_catalogue.explain(one.code).title, one.number, one.allowed) for one in plan.breaches],
    )


def _closed(visit: Visit, plan: PlanView) -> None:
    who = f" by {plan.decided_by}" if plan.decided_by else ""
    told = f"{STATES[plan.state]}{who}, {times.moment(plan.decided_at or plan.kept_until, visit.zone)}."
    if plan.applied_by_run_id is None:
        st.caption(told)
        return
    run = links.anchor(f"#{plan.applied_by_run_id}", links.address("/Reports", run=plan.applied_by_run_id))
    st.html(f"{tables.render(told)} It is carried out by run {Html(run)}.")


def _agreement(plan: PlanView) -> None:
    """Say who has to agree to changed bank accounts, and who has."""
    if not plan.changes_bank or not plan.people_for_bank:
        return
    people = "Somebody else" if plan.people_for_bank == 1 else "Two people, other"
    st.info(f"The plan changes bank accounts. {people} than the one who started the run must agree to that.")
    if plan.agreed is not None:
        choice = "all of it" if plan.agreed_choice is None else f"{len(plan.agreed_choice)} employees chosen"
        st.warning(f"{plan.agreed} has agreed to {choice}. Another person has to agree to the same.")


def _decide(visit: Visit, plan: PlanView, rows: Sequence[RecordView]) -> None:
    st.write(
        f"**{plan.writes:,} employee{'s' if plan.writes != 1 else ''} would be written.** Tick rows to choose some of them."
    )
    if len(rows) < plan.writes:
        st.caption(f"The first {len(rows):,} are shown, those whom the limits are about first.")
    chosen = _table(plan, rows)
    preview = plan.kind is RunKind.PREVIEW
    with st.container(horizontal=True):
        every = "Apply this plan" if preview else f"Approve all ({plan.writes:,})"
        if st.button(
            every,
            type="primary",
            key=f"approve {plan.run_id}",
            help="Whoever has changed since is left out as Stale.",
        ):
            _approve(visit, plan, None)
        some = f"{'Apply' if preview else 'Approve'} selected ({len(chosen):,})"
        if st.button(
            some, key=f"some {plan.run_id}", disabled=not chosen, help="The others are dropped from the plan."
        ):
            _approve(visit, plan, chosen)
        if plan.agreed_choice is not None and st.button(
            f"Agree to the same ({len(plan.agreed_choice):,})", key="same"
        ):
            _approve(visit, plan, plan.agreed_choice)
        none = "Discard" if preview else "Approve none"
        if st.button(none, key=f"refuse {plan.run_id}", help="Nothing is written and the plan is wiped."):
            with errors.shown():
                approvals.refuse(visit.actor, plan.run_id)
                st.rerun()


def _table(plan: PlanView, rows: Sequence[RecordView]) -> list[int]:
    """Draw what would be written; return the positions of the rows ticked."""
    seen = st.dataframe(
        [_row(record) for record in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"plan {plan.run_id}",
        column_config={"Changes": st.column_config.TextColumn(width="large")},
    )
    ticked: list[int] = seen.selection.rows
    return [rows[number].position for number in ticked if number < len(rows)]


def _row(record: RecordView) -> dict[str, str]:
    return {
        "Record": record.name,
        "Would": str(record.decision),
        "Changes": "; ".join(map(_change, record.changes)) or "all fields, as a new employee",
        "Source ID": record.source_id,
        "Target ID": record.target_id or "",
    }


def _change(change: Mapping[str, Any]) -> str:
    return f"{change['label']}: {change.get('before') or 'empty'} → {change.get('after') or 'empty'}"


def _approve(visit: Visit, plan: PlanView, positions: Sequence[int] | None) -> None:
    with errors.shown():
        new = approvals.approve(visit.actor, plan.run_id, positions)
        if new is not None:
            st.query_params["run"] = str(new)
        st.rerun()
