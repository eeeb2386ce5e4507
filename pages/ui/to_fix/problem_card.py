"""The three parts of an open problem in the list: who it is about, what to do, and whose it is since when."""

from __future__ import annotations

from html import escape

from core.problems.open_problems import ProblemView
from pages.ui.layout import badges, links, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.people.address import story_link


def bordered_html(user: CurrentUser, problem: ProblemView) -> str:
    """Return the whole of a problem with a border, for those who decide nothing about it."""
    return f'<div class="hub-problem-card">{card_html(user, problem)}</div>'


def card_html(user: CurrentUser, problem: ProblemView) -> str:
    """Return the three parts of a problem beside each other, below each other on a phone."""
    parts = (person_html(problem), what_html(user, problem), who_html(user, problem))
    return f'<div class="hub-problem-parts">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def person_html(problem: ProblemView) -> str:
    """Return the person, with links to their story and to both systems where these are known."""
    ids = [_id_html("Source ID", problem.source_id, problem.source_url)]
    if problem.target_id is not None:
        ids.append(_id_html("Target ID", problem.target_id, problem.target_url))
    if problem.matched_by:
        ids.append(escape(f"Matched {problem.matched_by}"))
    quiet = "<br>".join([*ids, escape(problem.connection)])
    name = story_link(problem.connection_id, problem.source_id, problem.name)
    return f'<b>{name}</b><br><span class="hub-quiet">{quiet}</span>'


def what_html(user: CurrentUser, problem: ProblemView) -> str:
    """Return what happened, what to do, and what somebody has noted."""
    text = " ".join(filter(None, (problem.message, problem.remedy)))
    lines = [badges.label_html(problem.title, "amber"), escape(text)]
    if problem.comment:
        by_person = f"{problem.commented_by}, " if problem.commented_by else ""
        day = times.format_day(problem.commented_at, user.zone) if problem.commented_at else ""
        note = f"Note: {problem.comment} ({by_person}{day})"
        lines.append(f'<span class="hub-quiet">{escape(note)}</span>')
    return "<br>".join(lines)


def who_html(user: CurrentUser, problem: ProblemView) -> str:
    """Return who must act, who looks after it, since when, how many runs found it, and what was decided."""
    lines = [f"<b>{escape(problem.fixer)}</b>"]
    if problem.assignee:
        lines.append(escape(f"Assigned to {problem.assignee}"))
    runs = f", found by {problem.times:,} runs" if problem.times > 1 else ""
    lines.append(f"since {times.format_day(problem.since, user.zone)}{runs}")
    if problem.run_id is not None:
        where = links.address("/Reports", run=problem.run_id, search=problem.source_id)
        name = f"Run #{problem.run_id}, {problem.name}"
        lines.append(links.anchor(f"Run #{problem.run_id}", where, aria_label=name))
    if problem.ignored_at is not None:
        by_person = f" by {problem.ignored_by}" if problem.ignored_by else ""
        lines.append(escape(f"Ignored{by_person}: {problem.note}"))
    elif problem.snoozed_until is not None:
        lines.append(f"Put off until {times.format_day(problem.snoozed_until, user.zone)}")
    return f'<span class="hub-quiet">{"<br>".join(lines)}</span>'


def _id_html(label: str, employee_id: str, href: str | None) -> str:
    if href is None:
        return escape(f"{label} {employee_id}")
    text = f"{label} {employee_id}"
    return links.outside_anchor(text, href, aria_label=f"{text}, opens in another tab")
