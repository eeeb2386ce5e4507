"""What an Account Admin can decide about an open problem, shown below it."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from core.models import ProblemKind
from core.problems import decisions
from core.problems.open_problems import ProblemView
from core.review import field_conflicts, match_decisions
from pages.ui.layout import confirmation, errors, flash_messages, whose_value
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

DAYS = 7


def key_of(problem: ProblemView) -> str:
    """Return the key of the question about a problem."""
    return f"decide {problem.id}"


def render(user: CurrentUser, problem: ProblemView) -> None:
    """Ask whether to put a problem off or to ignore it; a person who is no longer listed can be unlinked."""
    if problem.kind is ProblemKind.FIELD_CONFLICT:
        _ask_whose_value(user, problem)
    left, right = st.columns(2)
    with left:
        _ask_assignee(user, problem)
        _ask_day(user, problem)
    with right:
        _ask_comment(user, problem)
        _ask_note(user, problem)
    if problem.kind is ProblemKind.NO_LONGER_LISTED:
        _ask_unlink(user, problem)
    confirmation.render_cancel(key_of(problem))


def _ask_whose_value(user: CurrentUser, problem: ProblemView) -> None:
    conflicts = field_conflicts.conflicts_of(user.actor, problem.connection_id, problem.source_id)
    for conflict in conflicts:
        if conflict.field == problem.field:
            whose_value.render(user, conflict)


def _ask_assignee(user: CurrentUser, problem: ProblemView) -> None:
    people = decisions.assignable(user.actor)
    with st.form(f"assign {problem.id}"):
        options = [None, *people]
        chosen = st.selectbox(
            "Assigned to",
            options,
            index=options.index(problem.assigned_to) if problem.assigned_to in people else 0,
            format_func=lambda each: "Nobody" if each is None else people[each],
            key=f"assignee {problem.id}",
        )
        if st.form_submit_button("Assign"):
            with errors.shown():
                decisions.assign(user.actor, problem.id, chosen)
                name = "nobody" if chosen is None else people[chosen]
                _finish(f"{problem.name}: {problem.title} is assigned to {name}.")


def _ask_comment(user: CurrentUser, problem: ProblemView) -> None:
    with st.form(f"comment {problem.id}"):
        text = st.text_input(
            "Note",
            problem.comment or "",
            max_chars=decisions.NOTE_LENGTH,
            help="Everybody who sees the list sees it. Long numbers are hidden.",
            key=f"comment of {problem.id}",
        )
        if st.form_submit_button("Save note"):
            with errors.shown():
                decisions.comment(user.actor, problem.id, text)
                _finish(f"The note about {problem.name} is saved.")


def _ask_day(user: CurrentUser, problem: ProblemView) -> None:
    today = datetime.now(user.zone).date()
    with st.form(f"put off {problem.id}"):
        until = st.date_input(
            "Hide until",
            today + timedelta(days=DAYS),
            min_value=today + timedelta(days=1),
            max_value=today + timedelta(days=365),
            format="DD/MM/YYYY",
            key=f"until {problem.id}",
        )
        if st.form_submit_button("Put off"):
            with errors.shown():
                decisions.put_off(user.actor, problem.id, until)
                _finish(f"{problem.name} is put off until {until.day} {until:%b %Y}.")


def _ask_note(user: CurrentUser, problem: ProblemView) -> None:
    with st.form(f"ignore {problem.id}"):
        note = st.text_input(
            "Why it can be ignored",
            max_chars=decisions.NOTE_LENGTH,
            help="Later runs say that it is ignored. It comes back when its message changes.",
            key=f"note {problem.id}",
        )
        if st.form_submit_button("Ignore"):
            with errors.shown():
                decisions.ignore(user.actor, problem.id, note)
                _finish(f"{problem.name}: {problem.title} is ignored.")


def _ask_unlink(user: CurrentUser, problem: ProblemView) -> None:
    with st.form(f"unlink {problem.id}"):
        st.write(
            plain(
                f"Target employee {problem.target_id} will no longer belong to {problem.name} ({problem.source_id})."
            )
            + " "
            "Nothing is changed or ended in the target, and iHUB does not link the two again by itself."
        )
        if st.form_submit_button("Unlink"):
            with errors.shown():
                match_decisions.unlink(user.actor, problem.connection_id, problem.source_id)
                _finish(f"{problem.name} is unlinked.")


def _finish(sentence: str) -> None:
    confirmation.close()
    flash_messages.keep(sentence)
    st.rerun()
