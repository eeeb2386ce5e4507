"""The plan of a held run or a preview, and the buttons that decide on it."""

from __future__ import annotations

import streamlit as st

from core.models import PlanState, RunKind
from core.reports import headings
from core.reports.run_list import RunView
from core.review import approvals, plans
from core.review.plans import BreachView, PlanView
from core.runs import outcome_catalogue
from pages.ui.layout import confirmation, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.reports import first_changes_review, plan_decision, plan_table

BREACH_COLUMNS = (
    Column("Limit exceeded", "The limit that held the run."),
    Column("Employees", "Number of employees concerned.", number=True),
    Column("Limit", "Number of employees allowed.", number=True),
    Column("Last runs", "The same number in the last runs of all employees before this one, newest first."),
)
END_COLUMNS = (Column(headings.RECORD), Column(headings.SOURCE_ID), Column(headings.TARGET_ID))
STATE_LABELS = {
    PlanState.APPROVED: "Approved",
    PlanState.REFUSED: "Rejected",
    PlanState.REPLACED: "Replaced by the plan of a later run",
    PlanState.EXPIRED: "Expired, or the limits, the mapping or the connection were changed",
}


def render(user: CurrentUser, run: RunView) -> None:
    """Show the plan that a run has kept, if any, and a link to the plan that it has applied."""
    render_origin(user, run.id)
    plan = plans.get_plan(user.actor, run.id)
    if plan is None:
        return
    if plan.breaches:
        _render_breaches(plan)
    if plan.ends_by_hand:
        _render_ends(user, plan)
    if approvals.has_first_changes(breach.code for breach in plan.breaches) and plan.state is PlanState.OPEN:
        first_changes_review.render(user, plan)
        return
    if not plan.writes and not plan.ends_by_hand and plan.state is PlanState.OPEN:
        return
    st.header("The plan" if plan.kind is RunKind.PREVIEW else "Decision", anchor=False)
    if plan.state is not PlanState.OPEN:
        _render_closed(user, plan)
        _render_notes(plan)
        return
    st.caption(
        f"Nothing has been written yet. The plan is kept until {times.format_time(plan.kept_until, user.zone)}."
    )
    _render_second_approval(plan)
    _render_notes(plan)
    chosen = plan_table.render(user, plan) if plan.writes else plan_table.NOBODY
    plan_decision.render(user, plan, chosen)


def render_origin(user: CurrentUser, run_id: int) -> None:
    """Say whose approved plan a run writes, and what happens to the employees who were not approved."""
    origin = plans.origin_run(user.actor, run_id)
    if origin is not None:
        if origin.rest:
            st.caption(plain(origin.rest))
        where = links.address("/Reports", run=origin.run_id)
        links.render_link(f"Go to the plan, in run #{origin.run_id}", where)


def _render_breaches(plan: PlanView) -> None:
    st.header(
        "Limits exceeded" if plan.kind is not RunKind.PREVIEW else "Limits a run would exceed", anchor=False
    )
    tables.render(
        BREACH_COLUMNS,
        [
            (outcome_catalogue.explain(breach.code).title, breach.number, breach.allowed, _usual_text(breach))
            for breach in plan.breaches
        ],
    )


def _usual_text(breach: BreachView) -> str:
    return ", ".join(f"{number:,}" for number in breach.usual) or "–"


def _render_ends(user: CurrentUser, plan: PlanView) -> None:
    """Show who has left and has to be ended in the target by hand."""
    with st.expander(f"Left, to be ended by hand ({plan.ends_by_hand:,})", key=f"ends {plan.run_id}"):
        rows = plans.ends_by_hand(user.actor, plan.run_id)
        tables.render(END_COLUMNS, [(row.name, row.source_id, row.target_id) for row in rows])


def _render_closed(user: CurrentUser, plan: PlanView) -> None:
    if _was_pressed(plan):
        st.toast(f"{approvals.DECIDED[plan.state]} Your choice has changed nothing.", duration="infinite")
    by_person = f" by {plan.decided_by}" if plan.decided_by else ""
    time = times.format_time(plan.decided_at or plan.kept_until, user.zone)
    sentence = f"{STATE_LABELS[plan.state]}{by_person}, {time}."
    if plan.newer_run_id is not None:
        newer = links.anchor(f"#{plan.newer_run_id}", links.address("/Reports", run=plan.newer_run_id))
        st.html(f"{tables.cell_html(sentence)} Decide on the plan of run {Html(newer)}.")
        return
    if plan.applied_by_run_id is None:
        st.caption(plain(sentence))
        return
    run = links.anchor(f"#{plan.applied_by_run_id}", links.address("/Reports", run=plan.applied_by_run_id))
    st.html(f"{tables.cell_html(sentence)} It is applied by run {Html(run)}. {tables.cell_html(plan.rest)}")


def _render_notes(plan: PlanView) -> None:
    """Show what those who have decided so far have noted."""
    for note in plan.notes:
        st.caption(plain(f"Note of {note.person}: {note.text}"))


def _was_pressed(plan: PlanView) -> bool:
    """Say whether somebody was deciding here when the plan was closed elsewhere, whose click would be lost."""
    is_asked = any(confirmation.is_open(plan_decision.key_of(plan, name)) for name in plan_decision.CHOICES)
    if is_asked:
        confirmation.close()
    return is_asked


def _render_second_approval(plan: PlanView) -> None:
    """Show who has to approve bank account changes, and who has approved them, or why nobody else has to."""
    if not plan.changes_bank:
        return
    if not plan.people_for_bank:
        why = "only one person can approve here" if plan.approvers < 2 else "the limits say so"
        st.info(f"The plan changes bank accounts. Approval by another person is off, because {why}.")
        return
    people = "Someone" if plan.people_for_bank == 1 else "Two people"
    st.info(
        f"The plan changes bank accounts. {people} other than the person who started the run must approve."
    )
    if plan.agreed is not None:
        choice = "all" if plan.agreed_choice is None else _chosen_text(len(plan.agreed_choice))
        st.warning(f"{plain(plan.agreed)} has approved {choice}. Another person must approve the same.")


def _chosen_text(number: int) -> str:
    return "1 chosen employee" if number == 1 else f"{number:,} chosen employees"
