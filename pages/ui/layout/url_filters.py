"""Filters above a table, kept in the address of the page so that it can be bookmarked and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from pages.ui.layout import paging


@dataclass(frozen=True, slots=True)
class UrlFilters:
    """The filters of one table; ``name`` keeps their widgets apart from those of other tables."""

    name: str

    def select(self, label: str, names: Mapping[str, str], parameter: str, everything: str) -> str | None:
        """Show a choice of one value, or of everything; return the value chosen."""
        chosen = st.query_params.get(parameter)
        options = ["", *names]
        st.selectbox(
            label,
            options,
            index=options.index(chosen) if chosen in options else 0,
            format_func=lambda option: names.get(option, everything),
            key=self._key(parameter),
            on_change=self._store,
            args=(parameter,),
        )
        return chosen if chosen in names else None

    def text(self, label: str, parameter: str, placeholder: str) -> str:
        """Show a search field; return what was entered."""
        entered = st.query_params.get(parameter, "")
        st.text_input(
            label,
            entered,
            placeholder=placeholder,
            type="search",
            key=self._key(parameter),
            on_change=self._store,
            args=(parameter,),
        )
        return entered

    def date_range(self, zone: ZoneInfo, help_text: str) -> tuple[date | None, date | None]:
        """Show a choice of the first and the last day; return both."""
        since, until = _date("since"), _date("until")
        days: list[Any] = [day for day in (since, until) if day]
        st.date_input(
            "Date range",
            days,
            max_value=datetime.now(zone).date(),
            format="DD/MM/YYYY",
            key=self._key("date range"),
            on_change=self._store_date_range,
            help=help_text,
        )
        return since, until

    def _key(self, parameter: str) -> str:
        return f"{self.name} {parameter}"

    def _store(self, parameter: str) -> None:
        store({parameter: st.session_state[self._key(parameter)] or None})

    def _store_date_range(self) -> None:
        days = st.session_state[self._key("date range")]
        if len(days) != 1:
            since, until = days or (None, None)
            store({"since": since and since.isoformat(), "until": until and until.isoformat()})


def store(changes: Mapping[str, str | None]) -> None:
    """Put parameters into the address, remove those that are None, and return to the first page."""
    for parameter, value in changes.items():
        if value is not None:
            st.query_params[parameter] = value
        else:
            st.query_params.pop(parameter, None)
    paging.reset()


def _date(parameter: str) -> date | None:
    try:
        return date.fromisoformat(st.query_params.get(parameter, ""))
    except ValueError:
        return None
