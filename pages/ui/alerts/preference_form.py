"""The form in which a person chooses what they hear of, how and when, and tries it out."""

from __future__ import annotations

from datetime import time
from typing import Any

import streamlit as st

from core.alerts import choices, wording
from core.alerts.preferences import ALL, Choice, Preferences, Timing, topics_for
from core.alerts.sending import mail
from core.jobs.calendar import days as calendar_days
from core.reports import run_list
from pages.ui.layout import errors, flash_messages, help_mark
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import aloud, plain

PLACE = " alerts"
TIMINGS = {
    Timing.AT_ONCE: "At once",
    Timing.DAILY: "In one mail a day, if there is anything",
    Timing.WEEKLY: "In one mail a week, if there is anything",
}


def render(user: CurrentUser) -> None:
    """Show what the person hears of, for all connections or one, and the button that sends a test."""
    if not mail.is_set_up():
        st.info(f"{mail.NOT_SET_UP} What you choose here holds as soon as that is done.")
    current = choices.get_preferences(user.actor)
    if mail.is_set_up() and not (current.email or choices.known_address(user.actor)):
        st.warning("iHUB does not know your e-mail address, so that no mail is sent to you. Enter it below.")
    names = {ALL: "All integrations"} | {
        view.id: view.name for view in run_list.integrations(user.actor) if not view.deleted
    }
    connection_id = st.selectbox(
        "Integration", list(names), format_func=lambda each: aloud(names[each]), key="alerts of"
    )
    has_own = connection_id in current.choices
    if connection_id != ALL and not has_own:
        st.caption("As for all integrations, until you save something else here.")
    with st.form(f"alerts {connection_id}", border=False):
        chosen = _ask_topics(user, current.choice(connection_id), connection_id)
        changed = {"choices": current.choices | {connection_id: chosen}}
        if connection_id == ALL:
            changed |= _ask_delivery(user, current)
        saved = st.form_submit_button("Save", type="primary")
    with st.container():  # below the button, in the tab that was saved
        flash_messages.render_at(PLACE)
    if saved:
        _save(user, current, changed)
    if connection_id != ALL and has_own and st.button("As for all integrations"):
        left = {number: choice for number, choice in current.choices.items() if number != connection_id}
        _save(user, current, {"choices": left})
    _render_test(user)


def _ask_topics(user: CurrentUser, current: Choice, connection_id: int) -> Choice:
    """Ask what is shown on the page, and what is sent by e-mail."""
    topics = topics_for(user.actor.role)
    page = st.pills(
        "Show on this page",
        topics,
        selection_mode="multi",
        default=current.page,
        format_func=wording.TITLES.__getitem__,
        key=f"page alerts {connection_id}",
    )
    mails = st.pills(
        "Send by e-mail",
        topics,
        selection_mode="multi",
        default=current.mail,
        format_func=wording.TITLES.__getitem__,
        key=f"mail alerts {connection_id}",
    )
    meanings = [(wording.TITLES[topic], wording.MEANINGS[topic]) for topic in topics]
    st.html(help_mark.legend_html("What these mean", meanings))
    return Choice(page=tuple(page), mail=tuple(mails))


def _ask_delivery(user: CurrentUser, current: Preferences) -> dict[str, Any]:
    """Ask where and when mails are sent."""
    own = choices.known_address(user.actor)
    left, right = st.columns(2)
    timings = list(TIMINGS)
    email = left.text_input(
        "E-mail address", current.email, placeholder=own or "ann@example.com", help=plain(_address_help(own))
    )
    timing = right.selectbox("When", timings, timings.index(current.timing), format_func=TIMINGS.__getitem__)
    left, middle, right, last = st.columns(4)
    at = left.time_input("Time of a daily or weekly mail", time.fromisoformat(current.digest_at), step=1800)
    weekday = middle.selectbox(
        "Day of a weekly mail", list(range(7)), current.weekday, format_func=calendar_days.NAMES.__getitem__
    )
    quiet_from = right.time_input("No mails from", _time(current.quiet_from), step=1800)
    quiet_until = last.time_input("No mails until", _time(current.quiet_until), step=1800)
    st.caption(
        plain(
            f"Times are those of the account ({user.account.time_zone}). Mails of quiet hours come at their end."
        )
    )
    return {
        "email": email,
        "timing": timing,
        "digest_at": f"{at:%H:%M}",
        "weekday": weekday,
        "quiet_from": f"{quiet_from:%H:%M}" if quiet_from else "",
        "quiet_until": f"{quiet_until:%H:%M}" if quiet_until else "",
    }


def _address_help(own: str) -> str:
    return f"Empty: {own}" if own else "iHUB does not know your address yet, so that no mail is sent to you."


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def _save(user: CurrentUser, current: Preferences, changed: dict[str, Any]) -> None:
    with errors.shown():
        choices.save_preferences(user.actor, current.model_dump() | changed)
        flash_messages.keep("Your alerts are saved.", PLACE)
        st.rerun()


def _render_test(user: CurrentUser) -> None:
    if st.button("Send me a test"):
        with errors.shown(), st.spinner("The mail server is asked …"):
            answer = choices.send_test_mail(user.actor)
            st.success(plain(f"The mail server took the test. It answered: {answer}"))
