"""What happened to one person, the newest first: each run that did anything, and what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

import streamlit as st

from core.clock import now
from core.story.person import PersonView
from core.story.stages import Mark, Step
from core.story.story import Event
from pages.ui.layout import links

MARKS = {
    Mark.PASSED: ("✓", "hub-green"),
    Mark.STOPPED: ("✕", "hub-red"),
    Mark.NOT_REACHED: ("–", "hub-grey"),
    Mark.NOT_NOTED: ("–", "hub-grey"),
}
FIRST = 20


def render(person: PersonView) -> None:
    """Show the timeline."""
    events = person.story.events
    if not events:
        st.caption("No run has changed anything, and nobody has decided anything.")
        return
    shown = events if st.session_state.get(_key(person)) else events[:FIRST]
    for event in shown:
        with st.container(border=True):
            st.html(_event_html(person, event))
    if len(shown) < len(events):
        st.button(
            f"Show {len(events) - len(shown)} earlier",
            key=f"ask {_key(person)}",
            on_click=_show,
            args=(person,),
        )


def steps_html(steps: Sequence[Step], asked: str = "") -> str:
    """Return the steps of a run, one line each, with a sign and a word for how each ended.

    ``asked`` is HTML behind the last of them that was reached.
    """
    reached = [step for step in steps if step.mark is not Mark.NOT_REACHED]
    lines = "".join(
        _step_html(step) + (f" {asked}</li>" if step is reached[-1] else "</li>") for step in steps
    )
    return f'<ol class="hub-lines" aria-label="Steps">{lines}</ol>'


def _key(person: PersonView) -> str:
    return f"all events of {person.connection_id} {person.source_id}"


def _show(person: PersonView) -> None:
    st.session_state[_key(person)] = True


def _step_html(step: Step) -> str:
    sign, colour = MARKS[step.mark]
    mark = f'<span class="hub-badge {colour}"><span aria-hidden="true">{sign} </span>{step.stage}</span>'
    return f"<li>{mark} {escape(step.sentence or step.mark.value.capitalize() + '.')}"


def _event_html(person: PersonView, event: Event) -> str:
    head = f"<b>{escape(event.headline)}</b>"
    if event.last_run_id is not None:
        where = links.address("/Reports", run=event.last_run_id, search=person.source_id)
        head += " " + links.anchor("Report", where, aria_label=f"Report of run #{event.last_run_id}")
    said = [
        text for text in (*event.parts, event.note, event.message, *event.warnings, *event.hidden) if text
    ]
    quiet = "".join(f'<div class="hub-quiet">{escape(text)}</div>' for text in said)
    return f"{head}{steps_html(event.steps, _requests_html(person, event)) if event.steps else ''}{quiet}"


def _requests_html(person: PersonView, event: Event) -> str:
    """Return the link to what the systems were asked in a run; empty where nothing is kept."""
    if not event.asked or event.at < now() - timedelta(days=person.request_days):
        return ""
    where = links.address("/Reports", run=event.last_run_id, requests=person.source_id)
    return links.anchor("Requests", where, aria_label=f"Requests of run #{event.last_run_id}")
