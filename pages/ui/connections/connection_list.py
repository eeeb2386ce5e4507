"""The connections of the account, those that need attention first; the list refreshes itself."""

from __future__ import annotations

from core.connections import connections
from core.jobs import views
from core.paging import PAGE_SIZE, page_count
from core.security.actor import Permission
from pages.ui.connections import connection_card
from pages.ui.layout import alerts, badges, paging, refreshing
from pages.ui.layout.current_user import require_user


def render() -> None:
    """Show the connections; a browser asks for them again while it shows the page."""
    refreshing.render(_render_connections)


def _render_connections() -> None:
    user = require_user(Permission.SEE_CONNECTIONS, clicked=False)
    may_change = user.actor.may(Permission.CHANGE_CONNECTIONS)
    alerts.render(user)
    found = sorted(connections.list_connections(user.actor), key=connection_card.urgency)
    if not found:
        connection_card.render_first_steps(may_change)
    jobs = {job.connection_id: job for job in views.list_jobs(user.actor)}
    first = (min(paging.current_page(), page_count(len(found))) - 1) * PAGE_SIZE
    for connection in found[first : first + PAGE_SIZE]:
        connection_card.render(user, connection, jobs.get(connection.id), may_change)
    paging.render(page_count(len(found)), "connections")
    if found:
        badges.render_legend(connection_card.LABELS)
