"""The held runs and previews of a connection that wait for a decision, on each page that shows the connection."""

from __future__ import annotations

import streamlit as st

from core.jobs.views import JobView
from core.models import RunStatus
from pages.ui.layout import badges, links


def render(job: JobView) -> None:
    """Say what waits for a decision, whatever has run since, with the links to decide."""
    held = [decision.run_id for decision in job.decisions if decision.is_held]
    previews = [decision.run_id for decision in job.decisions if not decision.is_held]
    lines = []
    if held:
        waiting = "1 decision is waiting" if len(held) == 1 else f"{len(held)} decisions are waiting"
        reviews = " ".join(_review(run_id, "Held run", job.name) for run_id in held)
        lines.append(f"{badges.badge_html(badges.RUN_STATUS[RunStatus.HELD])} <b>{waiting}</b> → {reviews}")
    if previews:
        reviews = " ".join(_review(run_id, "Preview", job.name) for run_id in previews)
        can = "1 preview can" if len(previews) == 1 else f"{len(previews)} previews can"
        lines.append(f"{badges.label_html('Preview', 'blue')} {can} be applied → {reviews}")
    if lines:
        st.html("<br>".join(lines))


def _review(run_id: int, what: str, name: str) -> str:
    label = f"Review #{run_id}"
    return links.anchor(label, links.address("/Reports", run=run_id), aria_label=f"{label}, {what} of {name}")
