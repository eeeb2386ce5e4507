"""The effect of the rules that are being edited, beside them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.people import listing
from core.people.entries import Person
from core.scope import holds
from core.scope.rules import ScopeRules
from core.scope_editor import effect, full_effect
from core.scope_editor.current import ScopeView
from core.scope_editor.effect import ScopeEffect
from core.scope_editor.full_effect import FullReading
from pages.ui.layout import errors, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column

MOST_SHOWN = 100


def render(user: CurrentUser, view: ScopeView, rules: ScopeRules) -> None:
    """Show how many employees the rules include, who comes in and who drops out."""
    st.header("Effect", anchor=False)
    found = _estimate(user, view, rules)
    if found.not_kept and found.read_at is not None:
        full = full_effect.find(user.actor, view.connection_id, rules)
        if full is None or full.effect is None:
            _render_reading(user, view, rules, found, full)
            return
        found = full.effect
    if found.read_at is None:
        st.info("Nobody has been read yet. Run a preview first; then the effect is shown here.")
        return
    now, then = st.columns(2)
    now.metric("In scope now", f"{found.now:,}")
    then.metric("With these rules", f"{found.then:,}", delta=found.then - found.now or None)
    st.caption(f"As read {times.format_time(found.read_at, user.zone)}.")
    _render_people("Come in", found.entering, found)
    _render_people("Drop out", found.leaving, found)
    if found.leaving_linked:
        st.caption(
            f"{found.leaving_linked:,} of those who drop out are in payroll. They stay there as they are: "
            "nothing more is written for them, and no employment is ended."
        )
    _render_people("Cannot be decided", found.undecided, found)
    _render_branches(found)


def _render_reading(
    user: CurrentUser,
    view: ScopeView,
    rules: ScopeRules,
    found: ScopeEffect,
    full: FullReading | None,
) -> None:
    """Offer to read everybody in the background, because the rules ask for what is not kept; say how it goes."""
    fields = ", ".join(view.places.label(path) for path in found.not_kept)
    if full is not None and full.is_waiting:
        st.info(
            f"iHUB is reading {plain(fields)} of everybody (run {full.run_id:,}). "
            "Nothing is written. You can work on something else meanwhile."
        )
        if st.button("Look again", key=f"look again {view.connection_id}"):
            st.rerun()
        return
    if full is not None:
        st.warning(f"Reading everybody has not worked: {plain(full.message or 'the run was stopped')}")
    minutes = full_effect.minutes(user.actor, view.connection_id)
    takes = f" This takes about {minutes:,} minute{'' if minutes == 1 else 's'}." if minutes else ""
    st.info(
        f"iHUB does not keep {plain(fields)} of everybody, so it has to read all employees once to show who that is."
        f" {plain(takes)} It is done in the background, and nothing is written."
    )
    if st.button("Read all employees", key=f"read everybody {view.connection_id}"):
        with errors.shown():
            full_effect.start(user.actor, view.connection_id, rules, based_on=view.version)
            st.rerun()


def _estimate(user: CurrentUser, view: ScopeView, rules: ScopeRules) -> ScopeEffect:
    """Return the effect; it is judged again only when the rules or the data have changed."""
    key = f"scope effect {view.connection_id}"
    on_hold = tuple(sorted(hold.source_id for hold in holds.list_holds(user.actor, view.connection_id)))
    read_at = listing.last_read(user.actor, view.connection_id)
    basis = (view.version, view.job_scope, view.today, rules.model_dump_json(), on_hold, read_at)
    kept = st.session_state.get(key)
    if kept is None or kept[0] != basis:
        st.session_state[key] = kept = (basis, effect.estimate(user.actor, view.connection_id, rules))
    found: ScopeEffect = kept[1]
    return found


def _render_people(label: str, people: Sequence[Person], found: ScopeEffect) -> None:
    if not people:
        st.markdown(f"{plain(label)}: nobody.")
        return
    with st.expander(f"{plain(label)}: {len(people):,}"):
        rows = [
            (person.name, person.source_id, found.reasons.get(person.source_id, ""))
            for person in people[:MOST_SHOWN]
        ]
        tables.render([Column("Name"), Column("Source ID"), Column("Reason", wide=True)], rows)
        if len(people) > MOST_SHOWN:
            st.caption(f"The first {MOST_SHOWN} are shown.")


def _render_branches(found: ScopeEffect) -> None:
    changed = [(branch, *both) for branch, both in found.by_branch.items() if both[0] != both[1]]
    if changed:
        columns = [Column("Branch"), Column("Now", number=True), Column("Then", number=True)]
        tables.render(columns, changed)
