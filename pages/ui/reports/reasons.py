"""Why employees of a run were not written: errors first, with what to do and who must."""

from __future__ import annotations

import streamlit as st

from core.reports.outcomes.groups import Group
from core.reports.outcomes.sums import ReasonSum, Sums
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.runs.outcome_codes import Code, Fixer
from pages.ui.layout import links, tables
from pages.ui.layout.tables import Column, Html

NAMES = {Group.ERRORS: "Error", Group.HELD: "Held", Group.FILTERED: "Filtered"}
COLUMNS = (
    Column("Outcome"),
    Column("Reason"),
    Column("What it means", wide=True),
    Column("What to do", wide=True),
    Column("Who must act"),
    Column("Employees", number=True),
)


def render(run: RunView, run_sums: Sums) -> None:
    """Show a line for each reason, whose number leads to its employees."""
    found = [each for each in run_sums.reasons() if each.reason != Code.PREVIEW]
    if found:
        st.header("Why employees were not written", anchor=False)
        tables.render(COLUMNS, [_cells(run, each) for each in found], stacked=True)


def _cells(run: RunView, each: ReasonSum) -> list[object]:
    rows = links.address("/Reports", run=run.id, show=each.group, reason=each.reason)
    name = f"{each.number:,} {each.title}"
    is_decision = each.remedy == outcome_catalogue.APPROVE or each.reason == Code.FIRST_CHANGES
    is_decided = is_decision and bool(run.decided) and not run.waits_for_decision
    return [
        NAMES[each.group],
        each.title,
        each.cause,
        f"{run.decided}: nothing to do here." if is_decided else each.remedy,
        "" if each.fixer == Fixer.NOBODY or is_decided else each.fixer,
        Html(links.anchor(f"{each.number:,}", rows, aria_label=name)),
    ]
