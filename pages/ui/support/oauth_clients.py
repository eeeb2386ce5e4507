"""iHUB's OAuth clients at other systems; a stored secret is never shown again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from core.security.actor import Actor
from core.settings import settings
from core.sides import oauth_clients
from core.sides.oauth_clients import OAuthClientView
from pages.ui.layout import errors, flash_messages, times
from pages.ui.layout.plain_text import plain

ORIGINS = {
    "environment": "Set in the environment of the server; change it there.",
    "store": "Entered here or on the command line; the secret is stored encrypted.",
    "demo": "The OAuth client of the demo systems, used on this machine only.",
    None: "Not registered yet: this system cannot be connected.",
}


def render(actor: Actor) -> None:
    """Show each system with its OAuth client, and the form that replaces it."""
    flash_messages.render()
    st.header("OAuth clients at other systems", anchor=False)
    st.caption(
        f"Register iHUB in each system with the redirect address `{settings().url}/oauth/callback`, exactly as shown. "
        "An OAuth client serves all accounts. It is used only at the system's own addresses and those you add here."
    )
    for client in oauth_clients.list_clients(actor):
        with st.container(border=True, key=f"client-{client.kind}"):
            _render_client(actor, client)


def _render_client(actor: Actor, client: OAuthClientView) -> None:
    st.markdown(f"**{plain(client.system)}** · {ORIGINS[client.place]}")
    if client.client_id:
        st.caption(plain(_facts(client)))
    if client.place == "environment":
        return
    with st.form(f"client {client.kind}", border=False, clear_on_submit=True):
        client_id = st.text_input(
            "Client ID", client.client_id if client.place == "store" else "", autocomplete="off"
        )
        secret = st.text_input(
            "Client secret",
            type="password",
            autocomplete="off",
            help="It is never shown again. Leave this empty to keep the stored secret.",
        )
        addresses = st.text_area(
            "Further addresses",
            "\n".join(client.addresses),
            help="Other addresses where people sign in to this system, one per line. "
            "iHUB sends the secret nowhere else.",
        )
        if st.form_submit_button("Save", type="primary"):
            with errors.shown():
                _save(actor, client, (client_id or "").strip(), secret or "", (addresses or "").splitlines())
                flash_messages.keep(f"OAuth client for {client.system} saved.")
                st.rerun()
    if client.place == "store" and st.button("Remove", key=f"remove {client.kind}"):
        with errors.shown():
            oauth_clients.remove_client(actor, client.kind)
            flash_messages.keep(f"OAuth client for {client.system} removed.")
            st.rerun()


def _facts(client: OAuthClientView) -> str:
    """Return what is known about an OAuth client, without its secret."""
    facts = f"Client ID {client.client_id}, {'secret stored' if client.has_secret else 'no secret'}"
    if client.set_at:
        time = times.format_time(client.set_at, ZoneInfo(settings().time_zone))
        facts += f", entered {time} by {client.set_by or 'the command line'}"
    if client.addresses:
        facts += f". Also used at {', '.join(client.addresses)}"
    return facts


def _save(actor: Actor, client: OAuthClientView, client_id: str, secret: str, addresses: list[str]) -> None:
    if client.place == "store" and client_id == client.client_id and not secret:
        oauth_clients.set_addresses(actor, client.kind, addresses)
    else:
        oauth_clients.save_client(actor, client.kind, client_id, secret, addresses)
