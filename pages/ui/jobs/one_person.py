"""The dialog that runs a job for one person."""

from __future__ import annotations

import streamlit as st

from connectors.values.code_words import code_words
from core.jobs import start
from core.people import listing
from core.people.entries import Person
from core.people.listing import PeopleFilter
from core.security.actor import Permission
from pages.ui.jobs import run_results
from pages.ui.layout import errors
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

MOST_SHOWN = 20


@st.dialog("Run for one person", on_dismiss="rerun")
def ask_person(connection_id: int, name: str) -> None:
    """Ask for a person by name, employee number or source ID, and start the run."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(
        f"Reads one person of **{plain(name)}** from the source now, and writes what has changed. Others and the "
        "schedule are not affected."
    )
    with errors.shown():
        search = st.text_input("Name, employee number or source ID", key="person", max_chars=200).strip()
        if not search:
            return
        source_id = _choose(user, connection_id, search)
        if st.button("Run for this person", type="primary", key="run for person"):
            run_results.watch(start.sync_selected(user.actor, connection_id, [source_id]))
            st.rerun()


def _choose(user: CurrentUser, connection_id: int, search: str) -> str:
    """Let the person choose among the people of the last run; return the source ID."""
    found = listing.list_people(user.actor, connection_id, PeopleFilter(search=search))
    people = {person.source_id: _label(person) for person in found.rows[:MOST_SHOWN]}
    if not people:
        st.info(
            f"The last run has read nobody like this. If {plain(search)} is the source ID of a new person, run for it."
        )
        return search
    if found.total > MOST_SHOWN:
        st.caption(f"{found.total:,} people match, the first {MOST_SHOWN} are shown. Type more of the name.")
    chosen: str = st.radio(
        "Person", list(people), format_func=lambda each: plain(people[each]), key=f"person of {search}"
    )
    return chosen


def _label(person: Person) -> str:
    facts = [
        person.name,
        person.employee_number,
        f"source ID {person.source_id}",
        code_words(person.status or ""),
    ]
    return " · ".join(filter(None, facts))
