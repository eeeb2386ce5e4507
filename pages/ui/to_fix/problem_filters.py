"""Filters of the list of open problems, above it and in the address."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.problems.open_problems import ProblemFilter, Shown
from core.runs.outcome_catalogue import Fixer
from pages.ui.layout import url_filters
from pages.ui.layout.url_filters import UrlFilters

FILTERS = UrlFilters("problems")
FIXERS = {fixer.value: fixer.value for fixer in Fixer if fixer is not Fixer.NOBODY}
SHOWN = {Shown.PUT_OFF.value: "Put off", Shown.IGNORED.value: "Ignored", Shown.DECIDED.value: "Decided"}


NOBODY, OLDEST = "0", "oldest"
ORDER = {OLDEST: "Oldest first"}


def choose(connections: Mapping[int, str], assignable: Mapping[int, str]) -> ProblemFilter:
    """Show the filters and return what was chosen; ``assignable`` are the people who look after problems."""
    box = st.container(key="filters-problems")
    first, second, third, fourth, fifth, sixth = box.columns([1, 1.2, 1, 1, 1, 1.4])
    with first:
        fixer = FILTERS.select("Who must act", FIXERS, "who", "Anyone")
    with second:
        names = {str(connection_id): name for connection_id, name in connections.items()}
        connection = FILTERS.select("Connection", names, "connection", "All")
    with third:
        shown = FILTERS.select("Show", SHOWN, "show", "Open")
    with fourth:
        people = {NOBODY: "Nobody"} | {str(user_id): name for user_id, name in assignable.items()}
        assigned = FILTERS.select("Assigned to", people, "assigned", "Anyone")
    with fifth:
        order = FILTERS.select("Sort by", ORDER, "order", "Name")
    with sixth:
        search = FILTERS.text("Search", "search", "Name, source ID or target ID")
    url_filters.render_refused()
    return ProblemFilter(
        Shown(shown) if shown else Shown.OPEN,
        Fixer(fixer) if fixer else None,
        int(connection) if connection else None,
        search,
        int(assigned) if assigned else None,
        order == OLDEST,
    )
