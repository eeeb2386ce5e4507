"""The employees of a kept plan, grouped by what would happen to them, and the choice of some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from core.reports import headings
from core.review import plan_rows
from core.review.plan_rows import GROUP_NAMES, PlanFilter, PlanGroup, PlannedEmployee, PlanPage
from core.review.plans import PlanView
from core.runs import outcome_catalogue
from pages.ui.layout import badges, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html

ALL = "all"
COLUMNS = (
    Column(headings.RECORD, "The employee's name."),
    Column(headings.SOURCE_ID, "The employee's unique ID in the source system."),
    Column(
        headings.TARGET_ID, "The employee's unique ID in the target system, and how the employee was matched."
    ),
    Column("Planned action"),
    Column("Changes", "Each field before and after. Sensitive values are masked.", wide=True),
    Column("Remarks", "Limits that held the run, fields that wait for a decision, and warnings.", wide=True),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody has chosen of a plan: a group or a search, or single employees by their positions."""

    only: PlanFilter
    # In words, and how many employees; 0 where the whole plan is shown.
    name: str
    number: int
    positions: tuple[int, ...]


NOBODY = Chosen(plan_rows.EVERYBODY, "", 0, ())


def render(user: CurrentUser, plan: PlanView) -> Chosen:
    """Show the groups, the search and one page of a plan; return what was chosen of it."""
    counts = plan_rows.plan_counts(user.actor, plan.run_id)
    employees = "employee" if plan.writes == 1 else "employees"
    st.write(f"**{plan.writes:,} {employees} would be written.**")
    only = _choose(plan, counts)
    page = _render_page(user, plan, only)
    picked = _pick(plan, page) if plan.can_decide else ()
    if only == plan_rows.EVERYBODY:
        return Chosen(only, "", 0, picked)
    group = GROUP_NAMES[only.group] if only.group is not None else "found"
    return Chosen(only, group, page.total, picked)


def _choose(plan: PlanView, counts: Mapping[PlanGroup, int]) -> PlanFilter:
    names = {ALL: f"All ({plan.writes:,})"} | {
        group.value: f"{GROUP_NAMES[group]} ({number:,})" for group, number in counts.items()
    }
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        group = st.segmented_control(
            "What would happen",
            list(names),
            default=ALL,
            required=True,
            format_func=lambda option: plain(names[option]),
            key=f"plan group {plan.run_id}",
        )
    with right:
        search = st.text_input(
            "Search the plan",
            placeholder="Name, source ID or target ID",
            type="search",
            key=f"plan search {plan.run_id}",
        )
    return PlanFilter(None if group in (ALL, None) else PlanGroup(group), (search or "").strip())


def _render_page(user: CurrentUser, plan: PlanView, only: PlanFilter) -> PlanPage:
    """Show one page of those that match, with the page numbers and the export below it."""
    table, footer = st.container(), st.container()
    page = plan_rows.plan_page(user.actor, plan.run_id, only)
    with footer:
        left, right = st.columns([3, 1], vertical_alignment="center")
        with left:
            if page.pages > 1:
                key = f"plan page {plan.run_id} {only.group} {only.search}"
                number = st.pagination(page.pages, key=key)
                if number > 1:
                    page = plan_rows.plan_page(user.actor, plan.run_id, only, number)
        with right:
            where = links.address("/export/plan.csv", run=plan.run_id, group=only.group, search=only.search)
            links.render_link("Export this plan (CSV)", where, align_right=True)
    with table:
        if page.total:
            tables.render(COLUMNS, [_cells(employee) for employee in page.rows], stacked=True)
        else:
            st.info("No employee of the plan matches. Search for something else, or choose another group.")
    return page


def _pick(plan: PlanView, page: PlanPage) -> tuple[int, ...]:
    """Let somebody choose single employees, on several pages one after the other; return their positions."""
    state = f"picked {plan.run_id}"
    picked: dict[int, str] = st.session_state.setdefault(state, {})
    names = {row.record.position: f"{row.record.name} ({row.record.source_id})" for row in page.rows}
    labels = picked | names
    key = f"pick {plan.run_id} {min(names, default=0)} {len(names)}"

    def store() -> None:
        st.session_state[state] = {position: labels[position] for position in st.session_state[key]}

    st.multiselect(
        "Choose employees",
        list(labels),
        default=list(picked),
        format_func=lambda position: labels.get(position, str(position)),
        placeholder="Choose single employees to decide on them only",
        key=key,
        on_change=store,
    )
    return tuple(st.session_state[state])


def _cells(employee: PlannedEmployee) -> list[object]:
    record = employee.record
    target = [escape(record.target_id)] if record.target_id else []
    if record.matched_by:
        target.append(f'<span class="hub-quiet">{escape(record.matched_by)}</span>')
    label, colour = (
        outcome_catalogue.processor(record.decision, None),
        badges.DECISION_COLOURS.get(record.decision),
    )
    return [
        record.name,
        record.source_id,
        Html("<br>".join(target) or "–"),
        Html(badges.label_html(label, colour)) if colour else label,
        Html("<br>".join(map(_change_html, record.changes)) or "all fields, as a new employee"),
        Html("<br>".join(map(escape, employee.remarks)) or "–"),
    ]


def _change_html(change: Mapping[str, Any]) -> str:
    before, after = (
        escape(times.format_value(value)) if value not in (None, "") else "<i>empty</i>"
        for value in (change.get("before"), change.get("after"))
    )
    reason = change.get("reason")
    why = (
        f' <span class="hub-quiet">({escape(outcome_catalogue.explain(reason).title)})</span>'
        if reason
        else ""
    )
    return f"{escape(str(change['label']))}: {before} → {after}{why}"
