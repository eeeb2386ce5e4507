"""One run: its headline, its facts, its counters, why employees were not written, and its records."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFoundError
from core.models import Phase, RunKind, RunStatus
from core.pay_days import counts_for
from core.reports import headings, run_list
from core.reports.outcomes import sums
from core.reports.outcomes.sums import Sums
from core.reports.run_list import RunView
from core.runs import messages, outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import (
    badges,
    dialogs,
    errors,
    help_mark,
    links,
    menu_counts,
    queue_notice,
    stop_run,
    tables,
    times,
)
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Html
from pages.ui.reports import (
    field_review,
    kept_plan,
    match_review,
    reasons,
    record_table,
    request_log,
    run_again,
    run_comparison,
    run_headline,
)

REFRESH_SECONDS = 2
# The pay that what a run has sent counts for.
COUNTS_FOR = "Counts for"
PHASES = {Phase.READING: "reading and comparing", Phase.WRITING: "writing"}


def render(user: CurrentUser, parameter: str) -> None:
    """Show the run whose id is in the address."""
    try:
        run = run_list.run_details(user.actor, _run_id(parameter))
    except NotFoundError as error:
        links.render_link("← All runs", "/Reports")
        st.title("Reports", anchor=False)
        errors.render(error)
        return
    all_runs = links.address("/Reports", connection=run.connection_id)
    links.render_link(f"← All runs of {run.connection_name}", all_runs)
    if run.rows_removed_at is not None:
        _render_overview(user, run)
        request_log.render_measures(user, run)
        removed = times.format_time(run.rows_removed_at, user.zone)
        st.info(
            f"The employees of this run were removed on {removed}, because this account does not keep them longer. "
            "The counters above are those of the run."
        )
    elif run.status.ended:
        run_sums = sums.sums(user.actor, run.id)
        _render_overview(user, run, run_sums)
        request_log.render_measures(user, run)
        if source_id := st.query_params.get("requests"):
            request_log.render_of_person(user, run, source_id)
        kept_plan.render(user, run)
        match_review.render(user, run)
        field_review.render(user, run)
        run_comparison.render(user, run)
        reasons.render(run, run_sums)
        record_table.render(user, run, run_sums)
    else:
        kept_plan.render_origin(user, run.id)
        st.fragment(_watch, run_every=REFRESH_SECONDS)(run.id)


def _run_id(parameter: str) -> int:
    if not (parameter.isascii() and parameter.isdigit() and len(parameter) < 19):
        raise NotFoundError("There is no such run in this account.")
    return int(parameter)


def _watch(run_id: int) -> None:
    """Show a run in progress; reload the page when it has ended."""
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    run = run_list.run_details(user.actor, run_id)
    if run.status.ended:
        dialogs.redraw_page()
    else:
        queue_notice.render()
    _render_overview(user, run)
    if run.status.ended:  # a dialog is open
        st.caption("The run has ended. Close the dialog to see its employees.")
    else:
        if user.actor.may(Permission.CONTROL_JOBS):
            stop_run.render_button(user, run, st.container())
        st.caption("This page refreshes itself. The employees are listed here when the run has ended.")
        menu_counts.follow()  # last, so that a click is acted on before


def _render_overview(user: CurrentUser, run: RunView, run_sums: Sums | None = None) -> None:
    st.title(f"Run #{run.id}: {plain(run.connection_name)}", anchor=False)
    st.html(Html(badges.run_html(run.status, run.ending, run.decided)))
    has_headline = run_sums is not None and run_headline.render(user, run, run_sums)
    _render_message(user, run, has_headline)
    run_again.render(user, run)
    _render_facts(user, run)
    _render_counters(run, has_headline)


def _render_message(user: CurrentUser, run: RunView, has_headline: bool) -> None:
    """Say how the run ended, without the numbers that the headline has said."""
    if run.status is RunStatus.QUEUED:
        st.info(plain(run.waits_for))
    elif run.continues_at is not None:
        st.info(plain(times.format_put_off("The run", run.continues_at, run.message, user.zone)))
    elif run.status is RunStatus.RUNNING:
        st.info(plain(run.waits_for) or f"Running: {PHASES[run.phase]}.")
    elif run.aborted:
        st.error(plain(run.message or "The run could not continue."))
    elif run.status is RunStatus.HELD:
        said = run.message or "The run was held before the first change."
        if run.decided and not run.waits_for_decision:
            st.info(plain(outcome_catalogue.without_decision(said)))
        else:
            st.warning(plain(said))
    elif run.status is RunStatus.CANCELLED:
        st.info(plain(run.message or "The run was cancelled."))
    elif sentence := messages.not_counted(run.message or "") if has_headline else run.message:
        st.caption(plain(sentence))


def _render_facts(user: CurrentUser, run: RunView) -> None:
    facts = {
        headings.TYPE: run.trigger.value,
        headings.KIND: _kind(run),
        headings.START_TIME: times.format_time(run.started_at, user.zone),
        headings.END_TIME: times.format_time(run.ended_at, user.zone),
        headings.DURATION: times.format_duration(run.duration),
        headings.STARTED_BY: run.starter,
    }
    if counts := _counts_for(user, run):
        facts[COUNTS_FOR] = counts
    pairs = "".join(
        f"<div><dt>{name}</dt><dd>{tables.cell_html(value)}</dd></div>" for name, value in facts.items()
    )
    if run.mapping_version:
        pairs += f"<div><dt>Mapping</dt><dd>{_mapping_html(user, run)}</dd></div>"
    st.html(Html(f'<dl class="hub-facts">{pairs}</dl>'))


def _counts_for(user: CurrentUser, run: RunView) -> str:
    if not run.counters.written or run.ended_at is None:
        return ""
    try:
        return counts_for.describe(user.actor, run.connection_id, run.ended_at)
    except NotFoundError:  # the connection was deleted
        return ""


def _kind(run: RunView) -> str:
    if run.chosen is None:
        return headings.KINDS[run.kind]
    return f"{headings.KINDS[run.kind]}: {run.chosen:,}"


def _mapping_html(user: CurrentUser, run: RunView) -> str:
    """Return the version of the mapping that a run used, as a link for those who may see connections."""
    title = f"Version {run.mapping_version}"
    if not user.actor.may(Permission.SEE_CONNECTIONS):
        return tables.cell_html(title)
    where = links.address(
        "/Connections", connection=run.connection_id, tab="mapping", version=run.mapping_version
    )
    return links.anchor(title, where)


def _render_counters(run: RunView, has_headline: bool) -> None:
    counters = run.counters
    is_preview = run.kind is RunKind.PREVIEW
    held_meaning = (
        "Number of employees that a run would write."
        if is_preview
        else "Number of employees not written because someone has to decide first."
    )
    tiles: list[tuple[str, int, str]] = [
        (tables.READ.label, counters.read, tables.READ.meaning),
        (tables.FILTERED.label, counters.filtered, tables.FILTERED.meaning),
        (tables.WRITTEN.label, counters.written, tables.WRITTEN.meaning),
        (tables.ERRORS.label, counters.errors, tables.ERRORS.meaning),
        (
            "Unchanged",
            counters.unchanged,
            "Number of employees that are the same in both systems, so there was nothing to write.",
        ),
        ("Would be written" if is_preview else "Held", counters.held, held_meaning),
    ]
    if not is_preview:
        tiles.append((tables.NEED_ACTION.label, run.need_action, tables.NEED_ACTION.meaning))
    st.html(Html(f'<div class="hub-tiles">{"".join(help_mark.tile_html(*tile) for tile in tiles)}</div>'))
    if counters.written and not has_headline:
        st.caption(
            f"Written: {counters.created:,} created, {counters.updated:,} updated, {counters.terminated:,} terminated."
        )
