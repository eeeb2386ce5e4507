"""One run: what it was, its counters, why employees were filtered, and its records."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.errors import NotFoundError
from core.models import Phase, RunKind, RunStatus, Trigger
from core.reports import records, run_list
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import badges, links, tables, times
from pages.ui.layout.current_user import Visit, require_user
from pages.ui.layout.tables import Column
from pages.ui.reports import kept_plan, match_review, record_table

REFRESH_SECONDS = 2
PHASES = {Phase.READING: "reading and comparing", Phase.WRITING: "writing"}


def draw(visit: Visit, wanted: str) -> None:
    """Draw the run with this id, as it stands in the address."""
    try:
        run = run_list.run_details(visit.actor, _number(wanted))
    except NotFoundError as error:
        links.link("← All runs", "/Reports")
        st.error(str(error))
        return
    links.link(
        f"← All runs of {run.connection_name}", links.address("/Reports", connection=run.connection_id)
    )
    if run.status.ended:
        _overview(visit, run)
        kept_plan.draw(visit, run)
        match_review.draw(visit, run)
        _reasons(visit, run)
        record_table.draw(visit, run)
    else:
        st.fragment(_watch, run_every=REFRESH_SECONDS)(run.id)


def _number(wanted: str) -> int:
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise NotFoundError("There is no such run in this account.")
    return int(wanted)


def _watch(run_id: int) -> None:
    """Draw a run that is going, again and again until it has ended."""
    visit = require_user(Permission.SEE_REPORTS, clicked=False)
    run = run_list.run_details(visit.actor, run_id)
    if run.status.ended:
        st.rerun()
    _overview(visit, run)
    st.caption(
        "This page refreshes itself. What became of each employee is listed here when the run has ended."
    )


def _overview(visit: Visit, run: RunView) -> None:
    st.title(f"Run #{run.id}")
    st.html(f"{badges.badge(badges.RUN[run.status])} <b>{tables.render(run.connection_name)}</b>")
    _message(run)
    _facts(visit, run)
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


def _facts(visit: Visit, run: RunView) -> None:
    facts = {
        "Type": run.trigger.value,
        "Kind": badges.KIND[run.kind],
        "Start": times.moment(run.started_at, visit.zone),
        "End": times.moment(run.ended_at, visit.zone),
        "Duration": times.duration(run.duration),
        "Asked by": run.started_by or ("the schedule" if run.trigger is Trigger.SCHEDULED else "iHUB"),
    }
    pairs = "".join(
        f"<div><dt>{name}</dt><dd>{tables.render(value)}</dd></div>" for name, value in facts.items()
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


def _reasons(visit: Visit, run: RunView) -> None:
    reasons = records.filtered_reasons(visit.actor, run.id) if run.counters.filtered else []
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
    tables.draw(
        [Column("Reason"), Column("What it means"), Column("What to do"), Column("Employees", number=True)],
        rows,
    )
