"""What became of each employee of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from core.jobs import start
from core.models import RunKind
from core.reports import records
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
from pages.ui.layout import badges, errors, links, paging, table_footer, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html

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
    Column("Record", "The employee's name."),
    Column("Source ID", "The employee's id in the source system."),
    Column("Target ID", "The employee's id in the target system."),
    Column("Processor", "What comparing the two systems decided."),
    Column("Writer", "What was done in the target system."),
    Column("Message", wide=True),
)
AGAIN = "Reads one employee from the source now and writes what has changed. Everybody else and the schedule are left alone."


def render(user: CurrentUser, run: RunView) -> None:
    """Draw the filter, the search and one page of records."""
    st.subheader("Employees")
    counts = records.group_counts(user.actor, run.id)
    if not counts.groups:
        st.info("No employee was read in this run.")
        return
    chosen = _group(run.id, counts)
    search = st.text_input(
        "Search",
        placeholder="Name, source ID or target ID",
        type="search",
        key=f"search {run.id}",
        on_change=_first_page,
    )
    only = replace(_filter(chosen), search=search or "")
    page = records.records_page(user.actor, run.id, only, paging.current_page())
    shown = st.container()
    asked = None if chosen == EVERYONE else chosen
    address = links.address("/export/records.csv", run=run.id, decision=asked, search=search)
    table_footer.render(page.pages, f"records {run.id} {chosen} {search}", "Export this list (CSV)", address)
    with shown:
        _list(user, run, page)


def _list(user: CurrentUser, run: RunView, page: RecordsPage) -> None:
    if page.total:
        st.caption(f"{page.total:,} employee{'s' if page.total != 1 else ''}")
        tables.render(COLUMNS, [_row(record) for record in page.rows])
        _offer_again(user, run, page.rows)
    else:
        st.info("No employee matches. Search for something else, or choose another group.")


def _offer_again(user: CurrentUser, run: RunView, rows: Sequence[RecordView]) -> None:
    """Offer a run of one of the employees shown: somebody has corrected them, and the next whole run is far away."""
    if not user.actor.may(Permission.CONTROL_JOBS) or run.kind is RunKind.PREVIEW:
        return
    with st.popover("Sync one person again", icon=":material/sync:", key=f"again {run.id}"):
        st.caption(AGAIN)
        names = {record.source_id: f"{record.name} ({record.source_id})" for record in rows}
        chosen = st.selectbox(
            "Employee",
            list(names),
            index=0 if len(names) == 1 else None,
            placeholder="Choose one of those shown",
            format_func=lambda source_id: names[source_id],
            key=f"person {run.id} {'only' if len(names) == 1 else ''}",
        )
        if (
            st.button("Sync this person again", type="primary", key=f"sync {run.id}", disabled=chosen is None)
            and chosen
        ):
            with errors.shown():
                st.query_params.from_dict(
                    {"run": str(start.sync_person(user.actor, run.connection_id, chosen))}
                )
                st.rerun()


def _group(run_id: int, counts: GroupCounts) -> str:
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
        on_change=_first_page,
    )
    return chosen or options[0]


def _filter(chosen: str) -> RecordFilter:
    if chosen == ATTENTION_FIRST:
        return NEEDS_ATTENTION
    if chosen == WARNINGS:
        return RecordFilter(warned=True)
    return RecordFilter() if chosen == EVERYONE else RecordFilter((Group(chosen),))


def _first_page() -> None:
    st.query_params.pop("page", None)


def _row(record: RecordView) -> list[object]:
    return [
        record.name,
        record.source_id,
        record.target_id,
        _processor(record),
        _writer(record),
        _message(record),
    ]


def _processor(record: RecordView) -> object:
    words = outcome_catalogue.processor(record.decision, record.reason)
    colour = badges.DECISION_COLOURS.get(record.decision)
    return Html(badges.label_html(words, colour)) if colour else words


def _writer(record: RecordView) -> object:
    words = outcome_catalogue.writer(record.action, record.reason)
    colour = badges.ACTION_COLOURS.get(record.action)
    return Html(badges.label_html(words, colour)) if colour else words


def _message(record: RecordView) -> Html:
    parts = [escape(record.message)] if record.message else []
    parts += [f"⚠ {escape(str(warning['message']))}" for warning in record.warnings]
    if record.changes:
        parts.append(_changes(record))
    return Html("<br>".join(parts) or "–")


def _changes(record: RecordView) -> str:
    number = len(record.changes)
    items = "".join(
        f"<li>{escape(str(change['label']))}: {_value(change.get('before'))} → {_value(change.get('after'))}</li>"
        for change in record.changes
    )
    return f"<details><summary>{number} field{'s' if number != 1 else ''} changed</summary><ul>{items}</ul></details>"


def _value(value: object) -> str:
    return "<i>empty</i>" if value in (None, "") else escape(str(value))
