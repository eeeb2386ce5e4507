"""The outcome of each employee of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from core.jobs import start
from core.models import RunKind
from core.reports import headings, records
from core.reports.records import (
    ATTENTION,
    NEEDS_ATTENTION,
    Group,
    GroupCounts,
    RecordFilter,
    RecordsPage,
    RecordView,
)
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import badges, errors, links, paging, shown_account, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html
from pages.ui.reports import request_log

ATTENTION_FIRST, EVERYONE, WARNINGS = "attention", "everyone", "warnings"
NAMES = {
    ATTENTION_FIRST: "Needs attention",
    EVERYONE: "Everyone",
    WARNINGS: "Warnings",
    Group.ERRORS: "Errors",
    Group.HELD: "Held",
    Group.FILTERED: "Filtered",
    Group.PENDING: "Pending",
    Group.CREATED: "Created",
    Group.UPDATED: "Updated",
    Group.TERMINATED: "Terminated",
    Group.UNCHANGED: "Unchanged",
}
COLUMNS = (
    Column(headings.RECORD, "The employee's name."),
    Column(headings.SOURCE_ID, "The employee's unique ID in the source system."),
    Column(headings.TARGET_ID, "The employee's unique ID in the target system."),
    Column(headings.PROCESSOR, "The action decided by comparing the source with the target."),
    Column(headings.WRITER, "The action performed in the target system."),
    Column("Message", wide=True),
)
SYNC_AGAIN_HELP = (
    "Reads these employees from the source now and writes what has changed. "
    "Other employees and the schedule are not affected."
)


def render(user: CurrentUser, run: RunView) -> None:
    """Show the filter, the search and one page of records."""
    st.subheader("Employees")
    counts = records.group_counts(user.actor, run.id)
    if not counts.groups:
        st.info("No employee was read in this run.")
        return
    chosen = _choose_group(run.id, counts)
    search = st.text_input(
        "Search",
        st.query_params.get("search", ""),
        placeholder="Name, source ID or target ID",
        type="search",
        key=f"search {run.id}",
        on_change=paging.reset,
    )
    reason = _choose_reason(user, run) if chosen == Group.FILTERED else ""
    only = replace(_filter(chosen), search=search or "", reason=reason)
    page = records.records_page(user.actor, run.id, only, paging.current_page())
    table = st.container()
    group = None if chosen == EVERYONE else chosen
    address = links.address(
        "/export/records.csv", run=run.id, decision=group, search=search, reason=reason or None
    )
    shown = f"records {run.id} {chosen} {search} {reason}"
    paging.render_footer(page.pages, shown, "Export this list (CSV)", address)
    with table:
        _render_page(user, run, page, only)


def _render_page(user: CurrentUser, run: RunView, page: RecordsPage, only: RecordFilter) -> None:
    if page.total:
        st.caption(f"{page.total:,} employee{'s' if page.total != 1 else ''}")
        tables.render(COLUMNS, [_cells(record) for record in page.rows])
        with st.container(horizontal=True):
            _render_sync_again(user, run, page, only)
            request_log.render_requests(user, run, page.rows)
    else:
        st.info("No employee matches. Search for something else, or choose another group.")


def _render_sync_again(user: CurrentUser, run: RunView, page: RecordsPage, only: RecordFilter) -> None:
    """Show the buttons that sync the employees listed again, or some of them, for example after a correction."""
    if not user.actor.may(Permission.CONTROL_JOBS) or run.kind is RunKind.PREVIEW:
        return
    with st.popover("Sync again", icon=":material/sync:", key=f"again {run.id}"):
        st.caption(SYNC_AGAIN_HELP)
        names = {record.source_id: f"{record.name} ({record.source_id})" for record in page.rows}
        chosen = st.multiselect(
            "Employees",
            list(names),
            placeholder="Choose employees",
            format_func=lambda source_id: names.get(source_id, source_id),
            key=f"people {run.id}",
        )
        label = f"Sync {len(chosen)} again" if chosen else "Sync the chosen again"
        if st.button(label, type="primary", key=f"sync {run.id}", disabled=not chosen):
            _sync_again(lambda: start.sync_selected(user.actor, run.connection_id, chosen))
        if st.button(f"Sync all {page.total:,} listed again", key=f"sync all {run.id}"):
            _sync_again(lambda: start.sync_records(user.actor, run.id, only))


def _sync_again(request: Callable[[], int]) -> None:
    """Start a run and show it."""
    with errors.shown():
        shown_account.replace_query({"run": str(request())})
        st.rerun()


def _choose_group(run_id: int, counts: GroupCounts) -> str:
    numbers = {ATTENTION_FIRST: counts.attention, EVERYONE: sum(counts.groups.values())}
    numbers |= {str(group): number for group, number in counts.groups.items() if group in ATTENTION} | {
        WARNINGS: counts.warned
    }
    numbers |= {str(group): number for group, number in counts.groups.items()}
    options = [option for option, number in numbers.items() if number]
    chosen = st.segmented_control(
        "Show",
        options,
        default=options[0],
        required=True,
        format_func=lambda option: f"{NAMES[option]} ({numbers[option]:,})",
        key=f"group {run_id}",
        on_change=paging.reset,
    )
    return chosen or options[0]


def _choose_reason(user: CurrentUser, run: RunView) -> str:
    """Show why employees were filtered and return the reason chosen; empty for all."""
    counted = {
        each.reason: each.count for each in records.filtered_reasons(user.actor, run.id) if each.reason
    }
    return st.selectbox(
        "Reason",
        ["", *counted],
        format_func=lambda reason: (
            f"{outcome_catalogue.explain(reason).title} ({counted[reason]:,})" if reason else "All reasons"
        ),
        key=f"reason {run.id}",
        on_change=paging.reset,
    )


def _filter(chosen: str) -> RecordFilter:
    if chosen == ATTENTION_FIRST:
        return NEEDS_ATTENTION
    if chosen == WARNINGS:
        return RecordFilter(warned=True)
    return RecordFilter() if chosen == EVERYONE else RecordFilter((Group(chosen),))


def _cells(record: RecordView) -> list[object]:
    return [
        record.name,
        record.source_id,
        _target_cell(record),
        _processor_cell(record),
        _writer_cell(record),
        _message_cell(record),
    ]


def _target_cell(record: RecordView) -> Html:
    """Return the target ID, and below it how the employee was matched."""
    lines = [escape(record.target_id)] if record.target_id else []
    if record.matched_by:
        lines.append(f'<span class="hub-quiet">{escape(record.matched_by)}</span>')
    return Html("<br>".join(lines) or "–")


def _processor_cell(record: RecordView) -> object:
    label = outcome_catalogue.processor(record.decision, record.reason)
    colour = badges.DECISION_COLOURS.get(record.decision)
    return Html(badges.label_html(label, colour)) if colour else label


def _writer_cell(record: RecordView) -> object:
    label = outcome_catalogue.writer(record.action, record.reason)
    colour = badges.ACTION_COLOURS.get(record.action)
    return Html(badges.label_html(label, colour)) if colour else label


def _message_cell(record: RecordView) -> Html:
    """Return what happened, each part with the person who must act on it."""
    parts = [escape(record.message) + _actor_html(record.fixer)] if record.message else []
    parts += [f"⚠ {escape(str(each['message']))}{_actor_html(each['fixer'])}" for each in record.warnings]
    if record.changes:
        parts.append(_changes_html(record))
    return Html("<br>".join(parts) or "–")


def _actor_html(fixer: str | None) -> str:
    return f' <span class="hub-quiet">· {escape(fixer)} must act</span>' if fixer else ""


def _changes_html(record: RecordView) -> str:
    number = len(record.changes)
    items = "".join(map(_change_html, record.changes))
    return f"<details><summary>{number} field{'s' if number != 1 else ''} changed</summary><ul>{items}</ul></details>"


def _change_html(change: Mapping[str, Any]) -> str:
    before, after = _value_html(change.get("before")), _value_html(change.get("after"))
    return f"<li>{escape(str(change['label']))}: {before} → {after}</li>"


def _value_html(value: object) -> str:
    return "<i>empty</i>" if value in (None, "") else escape(times.format_value(value))
