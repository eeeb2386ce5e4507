"""What can be done about one person: sync now, hold, unlink, say who they are, and copy a text for Support."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from core.jobs import start
from core.reports import run_list
from core.review import match_decisions, matches
from core.scope import holds
from core.security.actor import Permission
from core.story.person import PersonView
from core.story.support_answer import support_answer
from pages.ui.layout import confirmation, errors, flash_messages, links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.people import target_people
from pages.ui.reports import match_review

NOT_ACTIVE = "The connection is not Active."
SYNC_HELP = "Reads this person from both systems now and writes what has changed. Others are not affected."
HOLD, UNLINK, LINK, ANSWER = "hold person", "unlink person", "link person", "support answer"


def render(user: CurrentUser, person: PersonView) -> None:
    """Show the buttons, and below them the question that is open."""
    may_decide = user.actor.may(Permission.APPROVE_RUNS)
    with st.container(horizontal=True):
        if user.actor.may(Permission.CONTROL_JOBS):
            _render_sync(user, person)
        if user.actor.may(Permission.CHANGE_CONNECTIONS):
            _render_hold_button(user, person)
        if may_decide:
            _render_link_buttons(person)
        confirmation.render_button("Copy for Support", ANSWER, kind="tertiary")
    if confirmation.is_open(HOLD):
        with confirmation.question(HOLD):
            _ask_hold(user, person)
    if confirmation.is_open(UNLINK) and may_decide:
        _ask_unlink(user, person)
    if (confirmation.is_open(LINK) or confirmation.is_open_for("match ")) and may_decide:
        with confirmation.question(LINK):
            _ask_who(user, person)
    if confirmation.is_open(ANSWER):
        with confirmation.question(ANSWER):
            _show_answer(person)


def _render_sync(user: CurrentUser, person: PersonView) -> None:
    reason = None if person.is_active else NOT_ACTIVE
    if st.button(
        "Sync now",
        icon=":material/sync:",
        type="primary",
        disabled=reason is not None,
        help=reason or SYNC_HELP,
    ):
        with errors.shown():
            run_id = start.sync_selected(user.actor, person.connection_id, [person.source_id])
            links.redirect(links.address("/Reports", run=run_id))


def _render_hold_button(user: CurrentUser, person: PersonView) -> None:
    if not person.is_on_hold:
        confirmation.render_button(
            "Hold", HOLD, help_text="Nothing is written for them until they are released."
        )
    elif st.button("Release", help="The next run writes what has changed."):
        with errors.shown():
            holds.release(user.actor, person.connection_id, person.source_id)
            _finish(f"{person.name} is released. The next run writes what has changed.")


def _render_link_buttons(person: PersonView) -> None:
    if person.target_id is not None:
        confirmation.render_button("Unlink", UNLINK)
    is_free = person.waiting_run_id is not None or (person.target_id is None and person.is_active)
    help_text = (
        "If they are linked wrongly, unlink them first." if person.target_id is not None else NOT_ACTIVE
    )
    confirmation.render_button(
        "Link to…", LINK, disabled=not is_free, help_text=None if is_free else help_text
    )


def _ask_hold(user: CurrentUser, person: PersonView) -> None:
    with st.form("hold"):
        reason = st.text_input("Reason", max_chars=holds.REASON_LENGTH)
        today = datetime.now(user.zone).date()
        last_day: date | None = st.date_input(
            "Last day (empty: until released)", None, min_value=today, format="DD/MM/YYYY"
        )
        if st.form_submit_button("Put on hold"):
            with errors.shown():
                holds.put(user.actor, person.connection_id, person.source_id, reason, last_day)
                _finish(f"{person.name} is on hold. The next run leaves them as they are.")
    confirmation.render_cancel(HOLD)


def _ask_unlink(user: CurrentUser, person: PersonView) -> None:
    target = plain(person.systems.target)
    sentences = [
        f"{target} employee **{plain(person.target_id or '–')}** will no longer belong to **{plain(person.name)}** "
        f"({plain(person.source_id)}). Nothing is changed or ended in {target}.",
        "The next run matches them again, but not with this employee. It may create them, or give the employee to "
        "somebody else who matches.",
        match_review.UNDO,
    ]
    if confirmation.render(UNLINK, sentences, "Unlink"):
        with errors.shown():
            match_decisions.unlink(user.actor, person.connection_id, person.source_id)
            _finish(f"{person.name} is unlinked.")


def _ask_who(user: CurrentUser, person: PersonView) -> None:
    """Show the candidates of the newest run that could not tell, as its report does, and a search for others."""
    run_id = person.waiting_run_id
    waiting = [] if run_id is None else matches.waiting_employees(user.actor, run_id, person.source_id)
    if run_id is not None and waiting:
        run = run_list.run_details(user.actor, run_id)
        for employee in waiting:
            match_review.render_employee(user, run, employee)
    target_people.render(user, person)
    confirmation.render_cancel(LINK)


def _show_answer(person: PersonView) -> None:
    st.caption(
        "It holds no tax, bank, birth or pay values, and none of what differed. Numbers and dates in what others said "
        "are hidden. The sign at its upper right copies it."
    )
    st.code(support_answer(person), language=None, wrap_lines=True)
    st.button("Close", on_click=confirmation.close)


def _finish(sentence: str) -> None:
    confirmation.close()
    flash_messages.keep(sentence)
    st.rerun()
