"""The source's values that the target has no value for, with the people behind each; an admin maps them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from connectors.values.code_words import with_code
from core.errors import HubError
from core.jobs import start
from core.mapping.rights import ConfirmationNeededError
from core.mapping_editor import value_maps
from core.mapping_editor.value_maps import MappableValue, ValueMatch
from core.security.actor import Permission
from pages.ui.layout import errors, flash_messages, links, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column
from pages.ui.mapping import value_map_form

NAMES = 5
# A value whose match has to be confirmed, because employees are matched by its field.
QUESTION = "mapped value to confirm"
COLUMNS = (
    Column("Field"),
    Column("Value in the source", "A value about pay, or one that may identify a person, is not shown."),
    Column("Employees", number=True),
    Column("Who they are", wide=True),
    Column("What happens", wide=True),
)


def render(user: CurrentUser, connection_id: int) -> None:
    """Show the values; nothing where all of them have a match."""
    found = value_maps.list_values(user.actor, connection_id)
    if not found:
        return
    st.header("Values without a match", anchor=False)
    tables.render(COLUMNS, [_cells(each) for each in found])
    if user.actor.may(Permission.CHANGE_CONNECTIONS):
        _render_mapping(user, connection_id, [each for each in found if each.can_be_mapped])
    _render_others(connection_id, found)


def _cells(each: MappableValue) -> tuple[object, ...]:
    found = each.found
    names = ", ".join(person.name for person in found.people[:NAMES])
    more = len(found.people) - NAMES
    happens = "The employee is not written." if found.stops else "The employee is written without this field."
    if each.sent is not None:
        happens = f"Mapped to “{each.sent}”: written in the next run."
    shown = "Not shown" if found.value is None else f"“{with_code(found.value)}”"
    return (
        found.label,
        shown,
        len(found.people),
        names + (f" and {more:,} more" if more > 0 else ""),
        happens,
    )


def _render_mapping(user: CurrentUser, connection_id: int, found: Sequence[MappableValue]) -> None:
    """Ask what is sent for each value; one that is mapped can be written at once."""
    for each in found:
        key = f"map {connection_id} {each.found.field} {each.found.value}"
        row = st.container(horizontal=True, vertical_alignment="bottom")
        if each.sent is not None:
            _render_sync(user, connection_id, each, key)
            continue
        with row.container():
            label = f"{each.found.label} “{with_code(each.found.value or '')}” is sent as"
            sent = value_map_form.pick_match(label, each, key)
        wanted = ValueMatch(each.found.field, each.found.value or "", sent or "")
        if row.button("Map", key=f"{key} button", disabled=not sent):
            _map(user, connection_id, wanted, is_confirmed=False)
        asked, question = st.session_state.get(QUESTION, (None, ""))
        if asked == wanted:
            st.warning(plain(question))
            if st.button("Map it and match this way", key=f"{key} confirm", type="primary"):
                _map(user, connection_id, wanted, is_confirmed=True)


def _map(user: CurrentUser, connection_id: int, row: ValueMatch, *, is_confirmed: bool) -> None:
    try:
        saved = value_maps.map_value(user.actor, connection_id, row, confirmed=is_confirmed)
    except ConfirmationNeededError as error:
        st.session_state[QUESTION] = row, str(error).removesuffix(" Save again and confirm it.")
        st.rerun()
    except HubError as error:
        errors.render(error)
        return
    st.session_state.pop(QUESTION, None)
    flash_messages.keep(
        f"Version {saved.number} of the mapping saved: “{row.value}” is sent as “{row.sent}” in the next run, or at "
        "once with Sync."
    )
    st.rerun()


def _render_sync(user: CurrentUser, connection_id: int, each: MappableValue, key: str) -> None:
    number = len(each.found.people)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(
        plain(f"{each.found.label} “{each.found.value}” is sent as “{each.sent}” from the next run on."),
        width="content",
    )
    label = f"Sync these {number:,} employees" if number != 1 else "Sync this employee"
    if not row.button(label, key=f"{key} sync"):
        return
    with errors.shown():
        source_ids = [person.source_id for person in each.found.people]
        run_id = start.sync_selected(user.actor, connection_id, source_ids)
        flash_messages.keep(f"Run #{run_id} has started. Reports show what it does.")
        st.rerun()


def _render_others(connection_id: int, found: Sequence[MappableValue]) -> None:
    """Lead to the Mapping tab for what cannot be mapped here."""
    if any(not each.can_be_mapped for each in found):
        st.caption(
            "Values that are not shown, or whose field has no value map, can be corrected in the HR system, or with "
            "the field on the Mapping tab."
        )
        links.render_link(
            "Open the mapping", links.address("/Connections", connection=connection_id, tab="mapping")
        )
