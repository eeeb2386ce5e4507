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
from core.reports.outcomes import headline
from core.reports.outcomes.groups import ATTENTION, Group, Needs
from core.reports.outcomes.record_view import RecordView
from core.reports.outcomes.sums import Sums
from core.reports.records import NEEDS_ATTENTION, RecordFilter, RecordsPage
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import badges, errors, links, paging, shown_account, tables, times, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html
from pages.ui.layout.url_filters import UrlFilters
from pages.ui.people.address import story_link
from pages.ui.reports import hand_entries, request_log

ATTENTION_FIRST, EVERYONE, WARNINGS, BY_HAND = "attention", "everyone", "warnings", "by-hand"
NEEDS = {Needs.YOU.value: "The outcome needs somebody", Needs.NOBODY.value: "The outcome needs nobody"}
NAMES: dict[str, str] = {
    ATTENTION_FIRST: "Needs attention",
    Group.ERRORS: "Errors",
    Group.HELD: "Held",
    Group.FILTERED: "Filtered",
    WARNINGS: "Warnings",
    BY_HAND: "To do by hand",
    Group.PENDING: "Pending",
    Group.CREATED: "Created",
    Group.UPDATED: "Updated",
    Group.TERMINATED: "Terminated",
    Group.UNCHANGED: "Unchanged",
    EVERYONE: "Everyone",
}
COLUMNS = (
    Column(headings.RECORD, "The employee's name."),
    Column(headings.SOURCE_ID, "The employee's unique ID in the source system."),
    Column(
        headings.TARGET_ID, "The employee's unique ID in the target system, and how the employee was matched."
    ),
    Column(headings.PROCESSOR, "The action decided by comparing the source with the target."),
    Column(headings.WRITER, "The action performed in the target system."),
    Column("Message", "What happened, what to do about it, and who must.", wide=True),
)
RETRY_HELP = (
    "Reads these employees from the source now and writes what has changed. "
    "Other employees and the schedule are not affected."
)


def render(user: CurrentUser, run: RunView, run_sums: Sums) -> None:
    """Show the groups, the search and one page of records, all of which stand in the address."""
    st.header("Employees", anchor=False)
    if not run_sums.rows:
        st.info("No employee was read in this run.")
        return
    filters = UrlFilters(f"records {run.id}")
    chosen = filters.tabs("Show", _tabs(run_sums, run.kind), "show", clears=("reason", "needs"))
    if chosen == BY_HAND:
        url_filters.render_refused()
        hand_entries.render(user, run)
        return
    search = filters.text("Search", "search", "Name, source ID or target ID")
    reason, needs = _choose_reason(filters, run_sums, chosen), _choose_needs(filters, run_sums, chosen)
    url_filters.render_refused()
    only = replace(record_filter(chosen), search=search, reason=reason, outcome_needs=needs)
    page = records.records_page(user.actor, run.id, only, paging.current_page())
    table = st.container()
    group = None if chosen == EVERYONE else chosen
    narrowed = {"search": search, "reason": reason, "needs": needs}
    address = links.address("/export/records.csv", run=run.id, decision=group, **narrowed)
    paging.render_footer_with_menu(
        page.pages, f"records {run.id} {chosen} {narrowed}", {"These employees": address}
    )
    with table:
        _render_page(user, run, page, only)


def _tabs(run_sums: Sums, kind: RunKind) -> dict[str, str]:
    """Return the groups that have somebody, with their numbers: errors first."""
    numbers: dict[str, int] = {
        ATTENTION_FIRST: run_sums.attention,
        WARNINGS: run_sums.warned,
        BY_HAND: run_sums.by_hand,
        EVERYONE: sum(run_sums.groups.values()),
        **{str(group): number for group, number in run_sums.groups.items()},
    }
    names = NAMES | ({Group.HELD: "Would be written"} if kind is RunKind.PREVIEW else {})
    return {name: f"{label} ({numbers[name]:,})" for name, label in names.items() if numbers.get(name)}


def _render_page(user: CurrentUser, run: RunView, page: RecordsPage, only: RecordFilter) -> None:
    if page.total:
        st.caption(f"{page.total:,} employee{'s' if page.total != 1 else ''}")
        tables.render(COLUMNS, [_cells(run, record) for record in page.rows], stacked=True)
        with st.container(horizontal=True):
            _render_retry(user, run, page, only)
            request_log.render_requests(user, run, page.rows)
        return
    st.info("No employee matches. Search for something else, or choose another group.")
    if only.search:
        everyone = links.address("/Reports", run=run.id, show=EVERYONE, search=only.search)
        links.render_link("Search everyone in this run", everyone)


def _render_retry(user: CurrentUser, run: RunView, page: RecordsPage, only: RecordFilter) -> None:
    """Show the buttons that sync the employees listed again, or some of them, for example after a correction."""
    if not user.actor.may(Permission.CONTROL_JOBS) or run.kind is RunKind.PREVIEW:
        return
    with st.popover("Retry these", icon=":material/sync:", key=f"again {run.id}"):
        st.caption(RETRY_HELP)
        names = {record.source_id: f"{record.name} ({record.source_id})" for record in page.rows}
        chosen = st.multiselect(
            "Employees",
            list(names),
            placeholder="Choose employees",
            format_func=lambda source_id: names.get(source_id, source_id),
            key=f"people {run.id}",
        )
        label = "Sync this person" if len(chosen) == 1 else "Retry the chosen"
        if st.button(label, type="primary", key=f"sync {run.id}", disabled=not chosen):
            _sync_again(lambda: start.sync_selected(user.actor, run.connection_id, chosen))
        if st.button(f"Retry all {page.total:,} listed", key=f"sync all {run.id}"):
            _sync_again(lambda: start.sync_records(user.actor, run.id, only))


def _sync_again(request: Callable[[], int]) -> None:
    """Start a run and show it."""
    with errors.shown():
        shown_account.replace_query({"run": str(request())})
        st.rerun()


def _choose_reason(filters: UrlFilters, run_sums: Sums, chosen: str) -> str:
    """Show why the employees of a group were not written and return the reason chosen; empty for all."""
    everything = (ATTENTION_FIRST, EVERYONE)
    wanted = ATTENTION if chosen in everything else tuple(group for group in ATTENTION if group == chosen)
    counted: dict[str, int] = {}
    titles: dict[str, str] = {}
    for each in run_sums.reasons(*wanted) if wanted else ():
        counted[each.reason] = counted.get(each.reason, 0) + each.number
        titles[each.reason] = each.title
    if not counted:
        return ""
    names = {reason: f"{titles[reason]} ({number:,})" for reason, number in counted.items()}
    if filters.asked("reason") == headline.OTHER:
        names[headline.OTHER] = "Other reasons"
    return filters.select("Reason", names, "reason", "All reasons") or ""


def _choose_needs(filters: UrlFilters, run_sums: Sums, chosen: str) -> Needs | None:
    """Show the choice between those whose outcome needs somebody and the others, where there are both."""
    rows = [row for row in run_sums.rows if row.group == chosen or (chosen == WARNINGS and row.warned)]
    if len({row.needs for row in rows}) < 2 and not filters.asked("needs"):
        return None
    needs = filters.select("Who must act", NEEDS, "needs", "All")
    return Needs(needs) if needs else None


def record_filter(chosen: str) -> RecordFilter:
    """Return which employees a group has, as the address names it."""
    named = {
        ATTENTION_FIRST: NEEDS_ATTENTION,
        WARNINGS: RecordFilter(warned=True),
        EVERYONE: RecordFilter(),
    }
    return named.get(chosen) or RecordFilter((Group(chosen),))


def _cells(run: RunView, record: RecordView) -> list[object]:
    return [
        Html(story_link(run.connection_id, record.source_id, record.name)),
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
    if not record.parts:
        return Html(badges.label_html(label, colour)) if colour else label
    lines = "".join(f"<li>{escape(part.text)}</li>" for part in record.parts)
    shown = badges.label_html(label, colour) if colour else escape(label)
    return Html(f'{shown}<ul class="hub-quiet hub-lines" aria-label="Parts">{lines}</ul>')


def _message_cell(record: RecordView) -> Html:
    """Return what happened, each part with the person who must act on it."""
    parts = [escape(record.message) + _actor_html(record.fixer)] if record.message else []
    if record.remedy:
        parts.append(f"<b>What to do:</b> {escape(record.remedy)}")
    parts += [f"⚠ {escape(str(each['message']))}{_actor_html(each['fixer'])}" for each in record.warnings]
    parts += [f'<span class="hub-quiet">{escape(text)}</span>' for text in record.decided]
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
