"""One run: what it was, its counters, why employees were filtered, and its records."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.errors import NotFoundError
from core.models import Phase, RunKind, RunStatus, RunType
from core.reports import records, run_list
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import badges, links, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.tables import Column
from pages.ui.reports import kept_plan, match_review, record_table

REFRESH_SECONDS = 2
PHASES = {Phase.READING: "reading and comparing", Phase.WRITING: "writing"}


def render(user: CurrentUser, wanted: str) -> None:
    """Draw the run with this id, as it stands in the address."""
    try:
        run = run_list.run_details(user.actor, _number(wanted))
    except NotFoundError as error:
        links.render_link("← All runs", "/Reports")
        st.error(str(error))
        return
    links.render_link(
        f"← All runs of {run.connection_name}", links.address("/Reports", connection=run.connection_id)
    )
    if run.status.ended:
        _overview(user, run)
        kept_plan.render(user, run)
        match_review.render(user, run)
        _reasons(user, run)
        record_table.render(user, run)
    else:
        st.fragment(_watch, run_every=REFRESH_SECONDS)(run.id)


def _number(wanted: str) -> int:
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise NotFoundError("There is no such run in this account.")
    return int(wanted)


def _watch(run_id: int) -> None:
    """Draw a run that is going, again and again until it has ended."""
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    run = run_list.run_details(user.actor, run_id)
    if run.status.ended:
        st.rerun()
    _overview(user, run)
    st.caption(
        "This page refreshes itself. What became of each employee is listed here when the run has ended."
    )


def _overview(user: CurrentUser, run: RunView) -> None:
    st.title(f"Run #{run.id}")
    st.html(
        f"{badges.badge_html(badges.RUN_STATUS[run.status])} <b>{tables.cell_html(run.connection_name)}</b>"
    )
    _message(run)
    _facts(user, run)
    _counters(run)


def _message(run: RunView) -> None:
    if run.status is RunStatus.QUEUED:
        st.info("The run waits for its turn.")
    elif run.status is RunStatus.RUNNING:
        st.info(f"The run is going on: {PHASES[run.phase]}.")
    elif run.status is RunStatus.ERROR:
        st.error(run.message or "The run ended with an error.")
    elif run.status is RunStatus.HELD:
        st.warning(run.message or "The run was held before the first change.")
    elif run.message:
        st.success(run.message) if run.status is RunStatus.COMPLETE else st.info(run.message)


def _facts(user: CurrentUser, run: RunView) -> None:
    facts = {
        "Type": run.type.value,
        "Kind": badges.RUN_KIND[run.kind],
        "Start": times.format_time(run.started_at, user.zone),
        "End": times.format_time(run.ended_at, user.zone),
        "Duration": times.format_duration(run.duration),
        "Asked by": run.asked_by or ("the schedule" if run.type is RunType.SCHEDULED else "iHUB"),
    }
    pairs = "".join(
        f"<div><dt>{name}</dt><dd>{tables.cell_html(value)}</dd></div>" for name, value in facts.items()
    )
    st.html(f'<dl class="hub-facts">{pairs}</dl>')


def _counters(run: RunView) -> None:
    counters = run.counters
    held = "Would be written" if run.kind is RunKind.PREVIEW else "Held"
    figures = (
        (tables.READ.label, counters.read, tables.READ.meaning),
        (tables.FILTERED.label, counters.filtered, tables.FILTERED.meaning),
        (tables.WRITTEN.label, counters.written, tables.WRITTEN.meaning),
        (tables.ERRORS.label, counters.errors, tables.ERRORS.meaning),
        (
            "Unchanged",
            counters.unchanged,
            "How many employees are the same in both systems, so nothing had to be written.",
        ),
        (
            held,
            counters.held,
            "How many employees were not written because a person has to decide first, or because it was a preview.",
        ),
    )
    st.html(f'<div class="hub-tiles">{"".join(_tile(*figure) for figure in figures)}</div>')
    if counters.written:
        st.caption(
            f"Written: {counters.created:,} created, {counters.updated:,} updated, {counters.terminated:,} terminated."
        )


def _tile(label: str, value: int, meaning: str) -> str:
    return (
        f'<div class="hub-tile" title="{escape(meaning)}"><span>{escape(label)}</span><b>{value:,}</b></div>'
    )


def _reasons(user: CurrentUser, run: RunView) -> None:
    reasons = records.filtered_reasons(user.actor, run.id) if run.counters.filtered else []
    if not reasons:
        return
    st.subheader("Why employees were filtered")
    rows = []
    for each in reasons:
        why = outcome_catalogue.explain(each.reason) if each.reason else None
        rows.append(
            (
                why.title if why else "Filtered",
                why.cause if why else "",
                why.remedy if why else "",
                each.count,
            )
        )
    tables.render(
        [Column("Reason"), Column("What it means"), Column("What to do"), Column("Employees", number=True)],
        rows,
    )
