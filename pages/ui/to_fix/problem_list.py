"""The list of open problems: a person in each row, with what to do, who must act, and since when."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import start
from core.models import ProblemKind
from core.problems import decisions, open_problems
from core.problems.open_problems import ProblemFilter, ProblemView, Shown
from core.security.actor import Permission
from pages.ui.layout import alerts, confirmation, errors, links, paging, refreshing
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.tables import Html
from pages.ui.to_fix import decided_fields, decision, problem_card

CHOOSE = "Choose whose value counts, ask HR, assign it, put it off, or ignore it."
SYNC_AGAIN_HELP = (
    "Reads them from the source now and writes what has changed. "
    "Other employees and the schedule are not affected."
)
NOTHING = {
    Shown.OPEN: "Nothing has to be fixed.",
    Shown.PUT_OFF: "Nothing is put off.",
    Shown.IGNORED: "Nothing is ignored.",
}


def render(only: ProblemFilter) -> None:
    """Show the problems that match; a browser asks for them again while it shows the page."""
    refreshing.render(partial(_render_problems, only))


def _render_problems(only: ProblemFilter) -> None:
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    if user.actor.may(Permission.SEE_CONNECTIONS):
        alerts.render(user)
    if only.shown is Shown.DECIDED:
        decided_fields.render(user, only)
        return
    page = open_problems.problems_page(user.actor, only, paging.current_page())
    if not page.total:
        is_filtered = only != ProblemFilter(only.shown)
        st.info("Nothing matches. Choose other filters to see more." if is_filtered else NOTHING[only.shown])
        return
    people = "1 person" if page.people == 1 else f"{page.people:,} people"
    st.caption(people if page.people == page.total else f"{people}, {page.total:,} items")
    if user.actor.may(Permission.CONTROL_JOBS):
        _render_sync_again(user, only, page.people)
    if user.actor.may(Permission.DECIDE_PROBLEMS):
        for problem in page.rows:
            _render_problem(user, problem)
    else:
        st.html(Html("".join(problem_card.bordered_html(user, problem) for problem in page.rows)))
    paging.render(page.pages, f"problems {only}")


def _render_sync_again(user: CurrentUser, only: ProblemFilter, people: int) -> None:
    """Show the button that syncs everybody listed again, once their causes have been put right."""
    connections = open_problems.connections_with_problems(user.actor)
    connection_id = next(iter(connections)) if len(connections) == 1 else only.connection_id
    label = "Sync this person again" if people == 1 else f"Sync these {people:,} people again"
    choose_first = "Choose a connection first." if connection_id is None else SYNC_AGAIN_HELP
    if (
        st.button(label, icon=":material/sync:", disabled=connection_id is None, help=choose_first)
        and connection_id is not None
    ):
        with errors.shown():
            run_id = start.sync_problems(user.actor, connection_id, only)
            links.redirect(links.address("/Reports", run=run_id))


def _render_problem(user: CurrentUser, problem: ProblemView) -> None:
    """Show a problem with its button. There may be fifty, so each is as few elements as possible."""
    is_open = confirmation.is_open(decision.key_of(problem))
    with st.container(
        border=True,
        horizontal=not is_open,
        vertical_alignment="top" if is_open else "center",
        key=f"problem-{problem.id}",
    ):
        with _beside_each_other(problem) if is_open else nullcontext():
            st.html(Html(problem_card.card_html(user, problem)))
            _render_button(user, problem)
        if is_open:
            with confirmation.question(decision.key_of(problem)):
                decision.render(user, problem)


def _beside_each_other(problem: ProblemView) -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", key=f"decided-{problem.id}")


def _render_button(user: CurrentUser, problem: ProblemView) -> None:
    if problem.ignored_at is None and problem.snoozed_until is None:
        key = decision.key_of(problem)
        help_text = (
            CHOOSE
            if problem.kind is ProblemKind.FIELD_CONFLICT
            else "Assign it, note something, put it off, or ignore it."
        )
        confirmation.render_button("Decide", key, help_text=help_text)
    elif st.button("Show again", key=f"show {problem.id}", help="Puts it back on the list."):
        with errors.shown():
            decisions.show_again(user.actor, problem.id)
            st.rerun()
