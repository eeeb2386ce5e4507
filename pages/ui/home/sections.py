"""What needs somebody now, what is running, and the alerts, each with the link to where something is done."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.home.activity import About, AlertLine, RunInProgress, Section, WaitingPlan
from core.home.connection_list import ConnectionsPage
from core.models import AlertKind, Phase, RunStatus
from core.runs import kinds
from pages.ui.home.viewer import Viewer
from pages.ui.layout import badges, links, times
from pages.ui.layout.plain_text import plain

# The tab of the connection that an alert is about, where it is not the first one.
ALERT_TABS = {AlertKind.REFUSES_ACCEPTED: "readiness", AlertKind.SCOPE_VANISHED: "scope"}


def render_needs(
    looking: Viewer,
    people: int,
    plans: Section[WaitingPlan],
    alerts: Section[AlertLine] | None,
    page: ConnectionsPage,
) -> bool:
    """Say in one sentence what needs somebody; return whether anything does."""
    parts = [
        _count(people, "person to fix", "people to fix"),
        _count(plans.urgent, "decision is waiting", "decisions are waiting"),
        _count(0 if alerts is None else alerts.total, "alert", "alerts"),
        _count(page.need_somebody, "connection needs somebody", "connections need somebody"),
    ]
    needed = ", ".join(filter(None, parts))
    if needed:
        st.warning(f"**Somebody is needed:** {plain(needed)}.", icon=":material/front_hand:")
    if people and not looking.everywhere:
        links.render_button(f"To fix ({people:,})", "/To_fix", primary=True)
    return bool(needed)


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}" if number else ""


def render_alerts(looking: Viewer, alerts: Section[AlertLine]) -> None:
    """Show the open alerts."""
    lines = [
        _line(
            _where(looking, alert.about),
            badges.label_html("Alert", "red"),
            alert.message,
            f"since {times.format_time(alert.since, looking.zone)}",
            _alert_link(looking, alert),
        )
        for alert in alerts.rows
    ]
    _render("Alerts", lines, alerts.total)


def _alert_link(looking: Viewer, alert: AlertLine) -> str:
    """Lead to where something is done about an alert: its sentence names the place."""
    if alert.kind is AlertKind.NO_LONGER_LISTED:
        return _link(looking, alert.about, "Open", "/To_fix", connection=alert.about.connection_id)
    tab = {"tab": ALERT_TABS[alert.kind]} if alert.kind in ALERT_TABS else {}
    return _link(
        looking, alert.about, "Open", "/Connections", of="", connection=alert.about.connection_id, **tab
    )


def render_plans(looking: Viewer, plans: Section[WaitingPlan]) -> None:
    """Show the held runs and previews that somebody can decide on."""
    _render("Plans to review", [_plan_line(looking, plan) for plan in plans.rows], plans.total)


def _plan_line(looking: Viewer, plan: WaitingPlan) -> str:
    name = f"{kinds.NAMES[plan.kind]} #{plan.run_id}"
    text = " ".join(plan.reasons) if plan.is_held else "It can be applied."
    if plan.is_half_approved:
        text += " One person has approved it; a second one has to."
    badge = badges.badge_html(badges.RUN_STATUS[RunStatus.HELD]) if plan.is_held else _preview_label()
    until = f"kept until {times.format_time(plan.kept_until, looking.zone)}"
    review = _link(looking, plan.about, "Review", "/Reports", of=name, run=plan.run_id)
    return _line(_where(looking, plan.about), badge, f"{name}: {text}", until, review)


def _preview_label() -> str:
    return badges.label_html("Preview", "blue")


def render_runs(looking: Viewer, runs: Section[RunInProgress]) -> None:
    """Show what is running, and what waits to start."""
    _render("In progress", [_run_line(looking, run) for run in runs.rows], runs.total)


def _run_line(looking: Viewer, run: RunInProgress) -> str:
    name = f"{kinds.NAMES[run.kind]} #{run.id}"
    counters = run.counters
    if run.continues_at is not None:
        text = times.format_put_off(name, run.continues_at, run.message, looking.zone)
    elif run.status is RunStatus.QUEUED:
        text = f"{name} is waiting to start"
    elif run.phase is Phase.READING:
        text = f"{name}: reading and comparing, {counters.read:,} read"
    else:
        text = f"{name}: writing, {counters.read:,} read, {counters.written:,} written"
    since = f"since {times.format_time(run.since, looking.zone)}"
    badge = badges.badge_html(badges.RUN_STATUS[run.status])
    watch = _link(looking, run.about, "Watch", "/Reports", of=name, run=run.id)
    return _line(_where(looking, run.about), badge, text, since, watch)


def _where(looking: Viewer, about: About) -> str:
    return f"{about.account}: {about.connection}" if looking.everywhere else about.connection


def _line(where: str, badge: str, text: str, when: str, link: str) -> str:
    return (
        f"<li>{badge} <b>{escape(where)}</b> <span>{escape(text)}</span> "
        f'<span class="hub-quiet">{escape(when)}</span> {link}</li>'
    )


def _link(looking: Viewer, about: About, label: str, path: str, *, of: str = "", **query: object) -> str:
    account = {"account": about.account_id} if looking.everywhere else {}
    name = f"{label} {of or about.connection}"
    return links.anchor(label, links.address(path, **query, **account), aria_label=name)


def _render(title: str, lines: list[str], total: int) -> None:
    if not lines:
        return
    more = total - len(lines)
    rest = f'<li class="hub-quiet">and {more:,} more</li>' if more else ""
    heading = f'<h2 class="hub-heading">{escape(title)} ({total:,})</h2>'
    st.html(f'{heading}<ul class="hub-lines">{"".join(lines)}{rest}</ul>')
