"""Confirm several matches at once: a filtered list of employees who wait for one reason, with both people."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.paging import PAGE_SIZE, page_count
from core.reports.run_list import RunView
from core.review import match_decisions, matches
from core.review.matches import PairView
from core.runs import outcome_catalogue
from pages.ui.layout import confirmation, errors, flash_messages, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column


def render(user: CurrentUser, run: RunView) -> None:
    """Show a list for each reason for which several employees wait, each with exactly one candidate."""
    flash_messages.render()
    for code, pairs in matches.confirmable_pairs(user.actor, run.id).items():
        if len(pairs) > 1:
            _render_reason(user, run, code, pairs)


def _render_reason(user: CurrentUser, run: RunView, code: str, pairs: Sequence[PairView]) -> None:
    why = outcome_catalogue.explain(code)
    key = f"confirm {code} {run.id}"
    title = f"Confirm several at once: {plain(why.title)} ({len(pairs):,})"
    with st.expander(title, confirmation.is_open(key), key=f"several {code} {run.id}"):
        st.caption(plain(run.systems.fill(why.cause)))
        search = st.text_input(
            "Filter", placeholder="Part of a name, or an ID", key=f"filter {code} {run.id}"
        )
        shown = [pair for pair in pairs if _matches(pair, search or "")]
        chosen = _choose(run, code, shown)
        confirmation.render_button(
            f"These are the same people ({len(chosen):,})", key, kind="primary", disabled=not chosen
        )
        if confirmation.is_open(key) and chosen:
            _render_question(user, run, code, chosen)


def _choose(run: RunView, code: str, shown: Sequence[PairView]) -> Sequence[PairView]:
    """Show both people of each pair, page by page; return the pairs chosen, or all that match the filter."""
    source, target = run.systems.source, run.systems.target
    columns = [Column(source), Column("Source ID"), Column(target), Column("Target ID"), Column("Agrees in")]
    place, key = st.container(), f"pairs {code} {run.id} {len(shown)}"
    pages = page_count(len(shown))
    first = (st.pagination(pages, key=f"page of {key}") - 1) * PAGE_SIZE if pages > 1 else 0
    with place:
        tables.render(columns, [_cells(pair) for pair in shown[first : first + PAGE_SIZE]], stacked=True)
    chosen = st.multiselect(
        "Choose employees",
        shown,
        format_func=lambda pair: f"{pair.name} ({pair.source_id})",
        placeholder="All of them. Choose some to link only those",
        key=f"chosen {key}",
    )
    return chosen or shown


def _cells(pair: PairView) -> list[object]:
    return [pair.name, pair.source_id, pair.target_name, pair.target_id, pair.agrees]


def _render_question(user: CurrentUser, run: RunView, code: str, chosen: Sequence[PairView]) -> None:
    key = f"confirm {code} {run.id}"
    note = st.text_input(
        "How you know that they are the same",
        max_chars=match_decisions.NOTE_LENGTH,
        key=f"note {code} {run.id}",
        help="Is kept in the audit with each of them.",
    )
    sentences = [
        f"{_employees(len(chosen))} will be linked. The next run writes what {plain(run.systems.source)} says over "
        f"what {plain(run.systems.target)} holds, bank accounts and tax numbers included. Each can be unlinked "
        "afterwards.",
    ]
    if confirmation.render(key, sentences, "Link them"):
        with errors.shown():
            positions = [pair.position for pair in chosen]
            number = match_decisions.confirm_several(user.actor, run.id, code, positions, note or "")
            flash_messages.keep(f"Linked: {_employees(number)}. The next run applies it.")
            st.rerun()


def _employees(number: int) -> str:
    return "1 employee" if number == 1 else f"{number:,} employees"


def _matches(pair: PairView, search: str) -> bool:
    text = search.strip().casefold()
    names = f"{pair.name} {pair.target_name}".casefold()
    return text in names or text in (pair.source_id.casefold(), pair.target_id.casefold())
