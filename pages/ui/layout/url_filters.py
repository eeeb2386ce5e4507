"""Filters above a table, kept in the address of the page so that it can be bookmarked and shared.

The address decides: each box is set to what it says before it is drawn, so that boxes and rows agree after *Back* too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import streamlit as st

from core.distinct_names import distinct_names
from core.folding import MAX_LENGTH
from pages.ui.layout import paging
from pages.ui.layout.plain_text import aloud

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
# What the address asks for and is not there, as sentences, in the session state.
REFUSED = "refused filters"


@dataclass(frozen=True, slots=True)
class UrlFilters:
    """The filters of one table; ``name`` keeps their widgets apart from those of other tables."""

    name: str

    # One function, because each of its parameters is a part of one box.
    def select(
        self, label: str, names: Mapping[str, str], parameter: str, everything: str, *, help_text: str = ""
    ) -> str | None:
        """Show a choice of one value, or of everything; return the value chosen."""
        chosen = _known(label, names, parameter)
        shown = distinct_names(names)
        self._set(parameter, chosen)
        st.selectbox(
            label,
            ["", *names],
            format_func=lambda option: shown.get(option, everything),
            key=self._key(parameter),
            on_change=self._store,
            args=(parameter,),
            help=help_text or None,
        )
        return chosen or None

    def tabs(self, label: str, names: Mapping[str, str], parameter: str, *, clears: Sequence[str]) -> str:
        """Show a choice of one value as a row of buttons, the first where none is chosen; return the value chosen.

        Another choice ``clears`` other parameters, which narrow only the one before.
        """
        chosen = _known(label, names, parameter) or next(iter(names))
        self._set(parameter, chosen)
        st.segmented_control(
            label,
            list(names),
            required=True,
            format_func=lambda option: aloud(names[option]),
            key=self._key(parameter),
            on_change=self._store,
            args=(parameter, *clears),
        )
        return chosen

    def text(self, label: str, parameter: str, placeholder: str) -> str:
        """Show a search field; return what was entered."""
        entered = st.query_params.get(parameter, "")
        if len(entered) > MAX_LENGTH:
            refuse(
                f"A search has at most {MAX_LENGTH} characters, so that this one finds nothing. Shorten it."
            )
        self._set(parameter, entered)
        st.text_input(
            label,
            placeholder=placeholder,
            type="search",
            key=self._key(parameter),
            on_change=self._store,
            args=(parameter,),
        )
        return entered

    def date_range(self, zone: ZoneInfo, help_text: str) -> tuple[date | None, date | None]:
        """Show a choice of the first and of the last day, each of which may be left out; return both."""
        left, right = st.columns(2)
        with left:
            since = self._day("From", "since", f"{help_text} Leave it empty for all days before too.")
        with right:
            until = self._day(
                "To", "until", f"The last day, in {zone.key} time. Leave it empty for no last day."
            )
        if since and until and since > until:
            refuse("The first day is after the last day, so nothing matches. Choose another day.")
        return since, until

    def asked(self, parameter: str) -> str:
        """Return what the address asks for; empty for nothing."""
        return st.query_params.get(parameter, "")

    def _day(self, label: str, parameter: str, help_text: str) -> date | None:
        day = _date(label, parameter)
        key = self._key(parameter)
        if key not in st.session_state or st.session_state[key] != day:
            st.session_state[key] = day
        st.date_input(
            label,
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            format="DD/MM/YYYY",
            key=key,
            on_change=self._store_day,
            args=(parameter,),
            help=help_text,
        )
        return day

    def _key(self, parameter: str) -> str:
        return f"{self.name} {parameter}"

    def _set(self, parameter: str, value: str) -> None:
        """Set a box to what the address says; one that says so already is left alone, with what is being typed."""
        key = self._key(parameter)
        if st.session_state.get(key) != value:
            st.session_state[key] = value

    def _store(self, parameter: str, *cleared: str) -> None:
        store({parameter: st.session_state[self._key(parameter)] or None, **dict.fromkeys(cleared)})

    def _store_day(self, parameter: str) -> None:
        day: date | None = st.session_state[self._key(parameter)]
        store({parameter: None if day is None else day.isoformat()})


def store(changes: Mapping[str, str | None]) -> None:
    """Put parameters into the address, remove those that are None, and return to the first page."""
    for parameter, value in changes.items():
        if value is not None:
            st.query_params[parameter] = value
        else:
            st.query_params.pop(parameter, None)
    paging.reset()


def refuse(sentence: str) -> None:
    """Say below the filters that the address asks for something that is not there."""
    st.session_state.setdefault(REFUSED, []).append(sentence)


def render_refused() -> None:
    """Show the sentences of ``refuse`` since the last time; call it below the filters."""
    for sentence in dict.fromkeys(st.session_state.pop(REFUSED, [])):
        st.warning(sentence)


def _known(label: str, names: Mapping[str, str], parameter: str) -> str:
    """Return the value in the address; empty where there is none, or none of these."""
    chosen = st.query_params.get(parameter, "")
    if not chosen or chosen in names:
        return chosen
    refuse(f"{label}: there is no such choice, so it is left open. The link may be from an earlier version.")
    return ""


def _date(label: str, parameter: str) -> date | None:
    text = st.query_params.get(parameter, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        refuse(f"{label}: this is no day of the calendar that iHUB knows, so it is left open.")
        return None
    return day
