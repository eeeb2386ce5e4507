"""The connections on Home: their state, the last success, the last result and the next run."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.home.connection_list import ConnectionLine, ConnectionsPage
from core.home.urgency import LAST_RUN_ENDINGS, Urgency
from core.models import ConnectionStatus
from core.security.actor import Permission
from pages.ui.home.viewer import Viewer
from pages.ui.layout import badges, links, tables, times
from pages.ui.layout.badges import Badge
from pages.ui.layout.tables import Column, Html

STATES = {
    Urgency.RECONNECT: Badge("Reconnect", "red", "One of the systems must be reconnected. No run starts."),
    Urgency.DECISION: Badge("Decision waiting", "amber", "A run is held until somebody decides."),
    Urgency.ALERT: Badge("Alert", "red", "See the alerts above."),
    Urgency.HELD: Badge(
        "Held",
        "amber",
        "The last run was held and nobody decided, so its changes were not written. Run it again.",
    ),
    **{
        urgency: badges.RUN_ENDINGS[ending]._replace(label=ending.value.capitalize())
        for urgency, ending in LAST_RUN_ENDINGS.items()
    },
    Urgency.TO_FIX: Badge("To fix", "amber", "Somebody has to do something about employees."),
    Urgency.DRAFT: badges.CONNECTION_STATUS[ConnectionStatus.DRAFT],
    Urgency.NOT_RUN_YET: Badge("Not run yet", "grey", "No run of everybody has ended yet."),
    Urgency.FINE: Badge("All right", "green", "Nothing needs anybody."),
    Urgency.OFF: Badge("iHUB is off", "grey", "iHUB is switched off for the account, so no run starts."),
}
CONNECTION = Column("Connection")
STATE = Column("State", badges.meanings(STATES.values()))
LAST_SUCCESS = Column("Last success", "The last run of everybody that ended without errors.")
LAST_RUN = Column(
    "Last run",
    f"Previews and runs of chosen employees are not counted. {badges.meanings(badges.RUN_LABELS)}",
)
NEXT_RUN = Column("Next run")
TO_FIX = Column("To fix", "Number of people somebody has to do something about.", number=True)
ACCOUNT = Column("Account")


def render(looking: Viewer, page: ConnectionsPage) -> None:
    """Show one page of connections, those that need somebody first."""
    may_see_jobs = looking.actor.may(Permission.SEE_JOBS)
    columns = [CONNECTION, STATE, TO_FIX, LAST_SUCCESS, LAST_RUN, *([NEXT_RUN] if may_see_jobs else [])]
    if looking.everywhere:
        columns.insert(0, ACCOUNT)
    if page.total > len(page.rows):
        st.caption(f"{page.total:,} connections, those that need somebody first")
    tables.render(columns, [_cells(looking, line) for line in page.rows], stacked=True)


def _cells(looking: Viewer, line: ConnectionLine) -> list[object]:
    cells: list[object] = [
        _name(looking, line),
        Html(badges.badge_html(STATES[line.urgency])),
        _people(looking, line),
        _last_success(looking, line),
        _last_run(looking, line),
    ]
    if looking.actor.may(Permission.SEE_JOBS):
        cells.append(_next_run(looking, line))
    if looking.everywhere:
        cells.insert(0, Html(links.anchor(line.account, _address(looking, line, "/"))))
    return cells


def _address(looking: Viewer, line: ConnectionLine, path: str, **query: object) -> str:
    account = {"account": line.account_id} if looking.everywhere else {}
    return links.address(path, **query, **account)


def _name(looking: Viewer, line: ConnectionLine) -> Html:
    if looking.actor.may(Permission.SEE_CONNECTIONS):
        href = _address(looking, line, "/Connections", connection=line.id)
    else:
        href = _address(looking, line, "/Reports", connection=line.id)
    systems = f"{line.source} → {line.target}"
    second = "" if line.name == systems else f'<br><span class="hub-quiet">{escape(systems)}</span>'
    return Html(links.anchor(line.name, href) + second)


def _people(looking: Viewer, line: ConnectionLine) -> Html:
    if not line.people_to_fix:
        return Html("0")
    href = _address(looking, line, "/To_fix", connection=line.id)
    name = f"{line.people_to_fix:,} to fix of {line.name}"
    return Html(links.anchor(f"{line.people_to_fix:,}", href, aria_label=name))


def _last_success(looking: Viewer, line: ConnectionLine) -> Html:
    time = times.format_time(line.last_success_at, looking.zone, "never")
    return _run(looking, line, line.last_success_id, "", time)


def _last_run(looking: Viewer, line: ConnectionLine) -> Html:
    if line.last_run_id is None or line.last_run_status is None:
        return Html("not yet")
    badge = badges.run_html(line.last_run_status, line.last_ending, line.last_run_decided)
    return _run(looking, line, line.last_run_id, badge, times.format_time(line.last_run_at, looking.zone, ""))


def _run(looking: Viewer, line: ConnectionLine, run_id: int | None, badge: str, time: str) -> Html:
    if run_id is None:
        return Html(escape(time))
    link = links.anchor(f"#{run_id}", _address(looking, line, "/Reports", run=run_id))
    return Html(f'{link} {badge} <span class="hub-line">{escape(time)}</span>')


def _next_run(looking: Viewer, line: ConnectionLine) -> Html:
    if line.schedule is None:
        return Html(
            links.anchor(
                "no schedule", _address(looking, line, "/Jobs"), aria_label=f"no schedule for {line.name}"
            )
        )
    time = line.no_next_run or times.format_time(line.schedule.next_due_at, looking.zone)
    quiet = f'<span class="hub-quiet">{escape(line.schedule.sentence)}</span>'
    return Html(f"{links.anchor(time, _address(looking, line, '/Jobs'))}<br>{quiet}")
