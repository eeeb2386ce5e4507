"""Home: whether all is well in the account, and for Support in all accounts. Everything leads on."""

from __future__ import annotations

import streamlit as st

from core.home import activity, connection_list
from core.home.connection_list import ConnectionsPage
from core.home.urgency import Urgency
from core.security.actor import Permission
from pages.ui.connections import connection_card
from pages.ui.home import connection_table, overall, pay_section, sections, viewer
from pages.ui.home.viewer import Viewer
from pages.ui.layout import flash_messages, links, paging, queue_notice, refreshing


def render() -> None:
    """Show the page, which refreshes itself while a browser shows it."""
    looking = viewer.find()
    st.title("Home", anchor=False)
    flash_messages.render()
    viewer.render_choice(looking)
    refreshing.render(_render_all)


def _render_all() -> None:
    looking = viewer.find(clicked=False)
    page = connection_list.connections_page(
        looking.actor, paging.current_page(), everywhere=looking.everywhere
    )
    if not page.total:
        _render_nothing(looking)
        return
    if not looking.everywhere and page.rows[0].urgency is Urgency.OFF:
        st.warning("iHUB is switched off for this account: no job runs. enableHR Support can switch it on.")
    else:
        can_run = not (looking.actor.may(Permission.SEE_JOBS) and queue_notice.render())
        _render_sections(looking, page, can_run=can_run)
    pay_section.render(looking)
    st.html('<h2 class="hub-heading">Connections</h2>')
    connection_table.render(looking, page)
    paging.render(page.pages, f"connections of {looking.account}")


def _render_sections(looking: Viewer, page: ConnectionsPage, *, can_run: bool) -> None:
    actor, everywhere = looking.actor, looking.everywhere
    people = activity.people_to_fix(actor, everywhere=everywhere)
    plans = activity.plans_to_decide(actor, everywhere=everywhere)
    runs = activity.runs_in_progress(actor, everywhere=everywhere)
    may_see_alerts = actor.may(Permission.SEE_CONNECTIONS)
    alerts = activity.alerts(actor, everywhere=everywhere) if may_see_alerts else None
    if not sections.render_needs(looking, people, plans, alerts, page) and can_run:
        overall.render(looking, page, is_running=bool(runs.total))
    if alerts is not None:
        sections.render_alerts(looking, alerts)
    sections.render_plans(looking, plans)
    sections.render_runs(looking, runs)


def _render_nothing(looking: Viewer) -> None:
    if looking.everywhere:
        st.info("No account has a connection yet.")
        links.render_link("Go to Access", "/Access")
    elif looking.actor.may(Permission.SEE_CONNECTIONS):
        connection_card.render_first_steps(looking.actor.may(Permission.CHANGE_CONNECTIONS))
        links.render_button("Go to Connections", "/Connections", primary=True)
    else:
        st.info("This account has no connection yet. An Account Admin can add the first one.")
