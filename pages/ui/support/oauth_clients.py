"""iHUB's own registrations at other systems; a secret that is kept is never shown again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from core.security.actor import Actor
from core.settings import settings
from core.sides import oauth_clients
from core.sides.oauth_clients import OAuthClientView
from pages.ui.layout import errors, notices, times

PLACES = {
    "environment": "From the environment of the server; change it there.",
    "store": "Entered here or on the command line; the secret is kept encrypted.",
    "demo": "The registration of the demo systems, used on this machine only.",
    None: "Not registered yet: nobody can connect this system.",
}


def draw(actor: Actor) -> None:
    """Draw each system with its registration, and the form that replaces it."""
    notices.draw()
    st.subheader("Registrations at other systems")
    st.caption(
        f"Register iHUB there with the redirect address `{settings().url}/oauth/callback`, exactly so. "
        "A registration serves all accounts. It is used only at the addresses of the system itself and those you name with it."
    )
    for found in oauth_clients.list_clients(actor):
        with st.container(border=True, key=f"client-{found.kind}"):
            _one(actor, found)


def _one(actor: Actor, found: OAuthClientView) -> None:
    st.markdown(f"**{found.system}** · {PLACES[found.place]}")
    if found.client_id:
        secret = "secret kept" if found.has_secret else "no secret"
        entered = (
            f", entered {times.moment(found.set_at, ZoneInfo(settings().time_zone))} by {found.set_by or 'the command line'}"
            if found.set_at
            else ""
        )
        named = f". Also used at {', '.join(found.addresses)}" if found.addresses else ""
        st.caption(f"Client id {found.client_id}, {secret}{entered}{named}")
    if found.place == "environment":
        return
    with st.form(f"client {found.kind}", border=False, clear_on_submit=True):
        client_id = st.text_input(
            "Client id", found.client_id if found.place == "store" else "", autocomplete="off"
        )
        secret = st.text_input(
            "Client secret",
            type="password",
            autocomplete="off",
            help="It is not shown again. Leave it empty to keep the one there is.",
        )
        addresses = st.text_area(
            "Further addresses",
            "\n".join(found.addresses),
            help="Where else people sign in to this system, one address on a line. iHUB sends its secret nowhere else.",
        )
        if st.form_submit_button("Save", type="primary"):
            with errors.shown():
                _save(actor, found, (client_id or "").strip(), secret or "", (addresses or "").splitlines())
                notices.say(f"The registration with {found.system} is kept.")
                st.rerun()
    if found.place == "store" and st.button("Remove", key=f"remove {found.kind}"):
        with errors.shown():
            oauth_clients.remove_client(actor, found.kind)
            notices.say(f"The registration with {found.system} is removed.")
            st.rerun()


def _save(actor: Actor, found: OAuthClientView, client_id: str, secret: str, addresses: list[str]) -> None:
    if found.place == "store" and client_id == found.client_id and not secret:
        oauth_clients.set_addresses(actor, found.kind, addresses)
    else:
        oauth_clients.save_client(actor, found.kind, client_id, secret, addresses)
