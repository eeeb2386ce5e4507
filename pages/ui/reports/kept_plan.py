"""The plan of a held run or a preview, and the buttons that decide on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.models import PlanState, RunKind
from core.reports import headings
from core.reports.records import RecordView
from core.reports.run_list import RunView
from core.review import approvals, plans
from core.review.plans import PlanView
from core.runs import outcome_catalogue
from pages.ui.layout import confirmation, errors, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.reports import first_changes_review

BREACH_COLUMNS = (
    Column("Limit exceeded", "The guard rail that held the run."),
    Column("Employees", "Number of employees concerned.", number=True),
    Column("Limit", "Number of employees allowed.", number=True),
)
END_COLUMNS = (Column(headings.RECORD), Column(headings.SOURCE_ID), Column(headings.TARGET_ID))
CHOICES = ("all", "selected", "same")
STATE_LABELS = {
    PlanState.APPROVED: "Approved",
    PlanState.REFUSED: "Rejected",
    PlanState.REPLACED: "Replaced by the plan of a later run",
    PlanState.EXPIRED: "Expired, or the guard rails were changed",
}


def render(user: CurrentUser, run: RunView) -> None:
    """Show the plan that a run has kept, if any, and a link to the plan that it has applied."""
    origin = plans.origin_run(user.actor, run.id)
    if origin is not None:
        links.render_link(f"Go to the plan, in run #{origin}", links.address("/Reports", run=origin))
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
    st.subheader("The plan" if plan.kind is RunKind.PREVIEW else "Decision")
    if plan.state is not PlanState.OPEN:
        _render_closed(user, plan)
        return
    st.caption(
        f"Nothing has been written yet. The plan is kept until {times.format_time(plan.kept_until, user.zone)}."
    )
    _render_second_approval(plan)
    if plan.can_decide:
        _render_decision(user, plan, plans.planned_records(user.actor, run.id))
    else:
        st.caption("An Account Admin can decide here.")


def _render_breaches(plan: PlanView) -> None:
    st.subheader("Limits exceeded" if plan.kind is not RunKind.PREVIEW else "Limits a run would exceed")
    tables.render(
        BREACH_COLUMNS,
        [
            (outcome_catalogue.explain(breach.code).title, breach.number, breach.allowed)
            for breach in plan.breaches
        ],
    )


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
    if plan.applied_by_run_id is None:
        st.caption(plain(sentence))
        return
    run = links.anchor(f"#{plan.applied_by_run_id}", links.address("/Reports", run=plan.applied_by_run_id))
    st.html(f"{tables.cell_html(sentence)} It is applied by run {Html(run)}.")


def _was_pressed(plan: PlanView) -> bool:
    """Say whether somebody was deciding here when the plan was closed elsewhere, whose click would be lost."""
    asked = [name for name in CHOICES if confirmation.is_open(_key(plan, name))]
    if asked:
        confirmation.close()
    return bool(asked or st.session_state.get(_reject_key(plan)))


def _render_second_approval(plan: PlanView) -> None:
    """Show who has to approve bank account changes, and who has approved them."""
    if not plan.changes_bank or not plan.people_for_bank:
        return
    people = "Someone" if plan.people_for_bank == 1 else "Two people"
    st.info(
        f"The plan changes bank accounts. {people} other than the person who started the run must approve."
    )
    if plan.agreed is not None:
        choice = "all" if plan.agreed_choice is None else f"{len(plan.agreed_choice)} selected employees"
        st.warning(f"{plain(plan.agreed)} has approved {choice}. Another person must approve the same.")


def _render_decision(user: CurrentUser, plan: PlanView, rows: Sequence[RecordView]) -> None:
    if plan.writes:
        employees = "employee" if plan.writes == 1 else "employees"
        st.write(f"**{plan.writes:,} {employees} would be written.** Select rows to choose some of them.")
    if len(rows) < plan.writes:
        st.caption(f"The first {len(rows):,} are shown, starting with the employees that exceed a limit.")
    selected = _render_table(plan, rows) if rows else []
    verb, reject = ("Apply", "Discard") if plan.kind is RunKind.PREVIEW else ("Approve", "Reject all")
    choices: dict[str, Sequence[int] | None] = {"all": None, "selected": selected}
    labels = {
        "all": f"{verb} all ({plan.writes:,})" if plan.writes else f"{verb} the ends",
        "selected": f"{verb} selected ({len(selected):,})",
    }
    if plan.agreed_choice is not None:
        choices["same"] = plan.agreed_choice
        labels["same"] = f"Approve the same ({len(plan.agreed_choice):,})"
    _render_buttons(user, plan, labels, reject, may_choose_some=bool(selected))
    for name, choice in choices.items():
        _render_question(user, plan, name, verb, choice)


def _render_buttons(
    user: CurrentUser, plan: PlanView, labels: Mapping[str, str], reject: str, *, may_choose_some: bool
) -> None:
    with st.container(horizontal=True):
        for name, label in labels.items():
            confirmation.render_button(
                label,
                _key(plan, name),
                kind="primary" if name == "all" else "secondary",
                disabled=name == "selected" and not may_choose_some,
            )
        if st.button(reject, key=_reject_key(plan), help="Nothing is written, and the plan is deleted."):
            with errors.shown():
                approvals.reject(user.actor, plan.run_id)
                st.rerun()


def _render_question(
    user: CurrentUser, plan: PlanView, name: str, verb: str, choice: Sequence[int] | None
) -> None:
    """Say what approving will do, and ask once."""
    key = _key(plan, name)
    if not confirmation.is_open(key):
        return
    sentences = plans.what_follows(plan, None if choice is None else len(choice))
    if confirmation.render(key, [" ".join(sentences)], verb):
        _approve(user, plan, choice)


def _key(plan: PlanView, name: str) -> str:
    return f"approve {name} {plan.run_id}"


def _reject_key(plan: PlanView) -> str:
    return f"reject {plan.run_id}"


def _render_table(plan: PlanView, rows: Sequence[RecordView]) -> list[int]:
    """Show what would be written; return the positions of the rows selected."""
    table = st.dataframe(
        [_cells(record) for record in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"plan {plan.run_id}",
        column_config={"Changes": st.column_config.TextColumn(width="large")},
    )
    selected_rows: list[int] = table.selection.rows
    return [rows[number].position for number in selected_rows if number < len(rows)]


def _cells(record: RecordView) -> dict[str, str]:
    return {
        headings.RECORD: record.name,
        "Planned action": str(record.decision),
        "Changes": "; ".join(map(_change_text, record.changes)) or "all fields, as a new employee",
        headings.SOURCE_ID: record.source_id,
        headings.TARGET_ID: record.target_id or "",
        headings.MATCHED_BY: record.matched_by,
    }


def _change_text(change: Mapping[str, Any]) -> str:
    return f"{change['label']}: {change.get('before') or 'empty'} → {change.get('after') or 'empty'}"


def _approve(user: CurrentUser, plan: PlanView, positions: Sequence[int] | None) -> None:
    with errors.shown():
        new_run_id = approvals.approve(user.actor, plan.run_id, positions)
        if new_run_id is not None:
            st.query_params["run"] = str(new_run_id)
        st.rerun()
