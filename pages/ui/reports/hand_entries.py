"""What has to be entered by hand after a run, and where."""

from __future__ import annotations

import streamlit as st

from core.reports import headings
from core.reports.outcomes import to_do_by_hand
from core.reports.run_list import RunView
from pages.ui.layout import links, paging, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html
from pages.ui.people.address import story_link

COLUMNS = (
    Column(headings.RECORD),
    Column(headings.SOURCE_ID),
    Column("What to enter or correct", wide=True),
    Column("Where"),
    Column(headings.TARGET_ID),
    Column(headings.WHO_MUST_ACT),
)


def render(user: CurrentUser, run: RunView) -> None:
    """Show one page of the list, with its export."""
    page = to_do_by_hand.hand_entries_page(user.actor, run.id, paging.current_page())
    table = st.container()
    export = links.address("/export/by-hand.csv", run=run.id)
    paging.render_footer(page.pages, f"by hand {run.id}", "Export this list (CSV)", export)
    with table:
        st.caption(
            f"{page.total:,} thing{'s' if page.total != 1 else ''} that iHUB could not send. They stay here, and under "
            "To fix, until a run finds them done."
        )
        rows = [
            (
                Html(story_link(run.connection_id, each.source_id, each.name)),
                each.source_id,
                each.what,
                each.where,
                each.target_id,
                each.fixer,
            )
            for each in page.rows
        ]
        tables.render(COLUMNS, rows, stacked=True)
