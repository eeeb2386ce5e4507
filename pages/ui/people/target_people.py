"""Search everybody at the target for the employee that a person is."""

from __future__ import annotations

import streamlit as st

from core.review import match_decisions
from core.story import target_people
from core.story.person import PersonView
from core.story.target_people import TargetPeople, TargetPerson
from pages.ui.layout import confirmation, errors, flash_messages
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

FOUND = "people found at the target"


def render(user: CurrentUser, person: PersonView) -> None:
    """Show the search, and who was found, each with what links the two."""
    target = plain(person.systems.target)
    st.markdown(f"**Search everybody in {target}**")
    with st.form("search the target"):
        text = st.text_input("Name, employee number or id", max_chars=400)
        st.caption(f"{target} is asked now, for up to {target_people.MOST_SECONDS:.0f} seconds.")
        if st.form_submit_button("Search", icon=":material/search:"):
            st.session_state.pop(FOUND, None)
            with errors.shown(), st.spinner(f"Asking {target} …"):
                found = target_people.search_target(user.actor, person.connection_id, text)
                st.session_state[FOUND] = (person.source_id, found)
    whose, found = st.session_state.get(FOUND, ("", None))
    if whose == person.source_id and found is not None:
        _render_found(user, person, found)


def _render_found(user: CurrentUser, person: PersonView, found: TargetPeople) -> None:
    if not found.rows:
        more = (
            " in the part of the list that was read in time. Enter the number or the id"
            if found.is_cut
            else ""
        )
        st.info(f"Nobody is found{more}.")
    elif found.is_cut:
        st.caption("There may be more. Enter more of the name, the number or the id.")
    for each in found.rows:
        _render_one(user, person, each)


def _render_one(user: CurrentUser, person: PersonView, found: TargetPerson) -> None:
    facts, button = st.columns([4, 1], vertical_alignment="center")
    linked = (
        "" if found.owner_id is None else f" Linked to {found.owner or found.owner_id} ({found.owner_id})."
    )
    facts.markdown(plain(f"{found.name} · {person.systems.target} ID {found.target_id}.{linked}"))
    is_free = found.owner_id is None
    help_text = None if is_free else "Unlink the other person first, on their page."
    label = f"Link to {plain(found.target_id)}"
    if button.button(label, key=f"link {found.target_id}", disabled=not is_free, help=help_text):
        with errors.shown(), st.spinner(f"Asking {plain(person.systems.target)} …"):
            match_decisions.link_to(user.actor, person.connection_id, person.source_id, found.target_id)
            st.session_state.pop(FOUND, None)
            confirmation.close()
            flash_messages.keep(
                f"{person.name} is linked to {found.target_id}. The next run compares the two."
            )
            st.rerun()
