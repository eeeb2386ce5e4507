"""The webhooks of a connection: where iHUB calls, and what the receiver answers to a test."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from core.alerts import webhooks, wording
from core.alerts.webhooks import KINDS, TOPICS, WebhookView
from core.models import AlertTopic
from core.reports import run_list
from core.security.actor import Permission
from pages.ui.layout import errors, flash_messages, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import aloud, plain

LABELS = {
    "alerts": "Alerts: each change, signed, as JSON",
    "start": "A run has started",
    "success": "A run has succeeded",
    "failure": "A run has failed, was held or stopped",
}
PLACE, SAVED = " webhooks", "webhooks saved"
SECRET = "webhook secret"  # noqa: S105 - where the session keeps it until it was shown


def render(user: CurrentUser) -> None:
    """Show the webhooks of a connection, and let an Account Admin change and try them."""
    names = {view.id: view.name for view in run_list.integrations(user.actor) if not view.deleted}
    if not names:
        st.markdown("There is no integration yet.")
        return
    connection_id = st.selectbox(
        "Integration", list(names), format_func=lambda each: aloud(names[each]), key="webhooks of"
    )
    view = webhooks.get_webhook(user.actor, connection_id)
    st.caption(
        "iHUB sends a POST to these addresses. The last three are for an uptime service, which takes the start, the "
        "success and the failure of each run. An address is stored encrypted, and only its host is shown."
    )
    _render_secret(connection_id)
    if not user.actor.may(Permission.CHANGE_CONNECTIONS):
        for name in KINDS:
            host = getattr(view.hosts, name) if view else ""
            st.markdown(f"{LABELS[name]}: {plain(host or '–')}")
        if view is not None and view.hosts.alerts:
            titles = "; ".join(wording.TITLES[topic] for topic in view.topics)
            st.markdown(f"It hears of: {plain(titles)}.")
        return
    _render_form(user, connection_id, view)
    if view is not None:
        _render_tests(user, connection_id, view)


def _render_secret(connection_id: int) -> None:
    """Show the secret of a new webhook once."""
    shown_for, secret = st.session_state.pop(SECRET, (0, ""))
    if shown_for == connection_id:
        st.success("Give the receiver this secret, which it checks the signature with. It is shown only now.")
        st.code(secret, language=None)


def _render_form(user: CurrentUser, connection_id: int, view: WebhookView | None) -> None:
    with st.form(f"webhook {connection_id}", border=False):
        entered: dict[str, str] = {}
        topics: list[AlertTopic] = []
        for name in KINDS:
            host = getattr(view.hosts, name) if view else ""
            entered[name] = st.text_input(
                LABELS[name],
                placeholder=f"{host} (saved; enter an address to replace it)" if host else "https://",
                key=f"webhook {name} {connection_id} {st.session_state.get(SAVED, 0)}",
                autocomplete="off",
            )
            if name == "alerts":
                topics = _ask_topics(connection_id, view)
        saved = st.form_submit_button("Save", type="primary")
    if saved:
        with errors.shown():
            given = {name: address for name, address in entered.items() if (address or "").strip()}
            secret = webhooks.save_webhook(user.actor, connection_id, given, topics)
            if secret is not None:
                st.session_state[SECRET] = connection_id, secret
            st.session_state[SAVED] = st.session_state.get(SAVED, 0) + 1  # empties the fields
            flash_messages.keep("The webhook is saved.", PLACE)
            st.rerun()
    with st.container():
        flash_messages.render_at(PLACE)


def _ask_topics(connection_id: int, view: WebhookView | None) -> list[AlertTopic]:
    return st.pills(
        "What this address hears of",
        TOPICS,
        selection_mode="multi",
        default=view.topics if view else TOPICS,
        format_func=wording.TITLES.__getitem__,
        key=f"webhook topics {connection_id} {st.session_state.get(SAVED, 0)}",
    )


def _render_tests(user: CurrentUser, connection_id: int, view: WebhookView) -> None:
    """Show each address that is called, with buttons to try it and to remove it."""
    since = f"In use since {times.format_time(view.since, user.zone)}."
    st.caption(plain(f"{since} Last changed by {view.changed_by or 'the command line'}."))
    for name in KINDS:
        host = getattr(view.hosts, name)
        if not host:
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=f"address-{name}"):
            st.markdown(f"{plain(LABELS[name])} → **{plain(host)}**", width="stretch")
            tested = st.button(f"Test {aloud(name)}", key=f"test {name} {connection_id}")
            removed = st.button(f"Remove {aloud(name)}", key=f"remove {name} {connection_id}")
        with errors.shown():
            if tested:
                with st.spinner("The receiver is asked …"):
                    answer = webhooks.send_test_call(user.actor, connection_id, name)
                st.success(plain(answer))
            if removed:
                _remove(user, connection_id, name, is_last=sum(map(bool, asdict(view.hosts).values())) == 1)


def _remove(user: CurrentUser, connection_id: int, name: str, *, is_last: bool) -> None:
    """Remove one address; with the last one the secret goes too."""
    if is_last:
        webhooks.remove_webhook(user.actor, connection_id)
        flash_messages.keep("The webhook is removed, with its secret.", PLACE)
    else:
        webhooks.save_webhook(user.actor, connection_id, {name: ""})
        flash_messages.keep("The address is removed.", PLACE)
    st.rerun()
