"""The employees of a run who wait for a person to say who they are."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from core.reports.run_list import RunView
from core.review import match_decisions, matches
from core.review.matches import CandidateView, WaitingView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import errors
from pages.ui.layout.current_user import Visit


def draw(visit: Visit, run: RunView) -> None:
    """Draw one expander for each, with whom they could be; only for those who may decide."""
    if not run.counters.held or not visit.actor.may(Permission.APPROVE_RUNS):
        return
    people = matches.waiting_employees(visit.actor, run.id)
    if not people:
        return
    st.subheader("Who is this?")
    left = sum(not one.settled for one in people)
    st.caption(
        f"{left:,} of {len(people):,} wait for your decision. The next run acts on what you decide here."
    )
    for one in people:
        _draw_person(visit, run, one)


def _draw_person(visit: Visit, run: RunView, person: WaitingView) -> None:
    with st.expander(
        f"{person.name} ({person.source_id}): {_standing(person)}", key=f"waiting {run.id} {person.position}"
    ):
        if person.reason in outcome_catalogue.CATALOGUE:
            st.caption(outcome_catalogue.explain(person.reason).sentence)
        for candidate in person.candidates:
            _draw_candidate(visit, run, person, candidate)
        if not person.candidates:
            st.write("Nobody at the target is in question. Correct the double at the source.")
        elif person.linked_to is not None:
            _button(
                visit,
                "Unlink",
                f"unlink {person.position}",
                match_decisions.unlink,
                run.connection_id,
                person.source_id,
            )
        elif person.can_be_new and not person.is_new:
            _button(
                visit,
                "Create new",
                f"new {person.position}",
                match_decisions.create_new,
                run.id,
                person.position,
            )


def _standing(person: WaitingView) -> str:
    if person.linked_to is not None:
        return f"linked to {person.linked_to}"
    if person.is_new:
        return "to be created as new"
    return outcome_catalogue.processor(person.decision, None)


def _draw_candidate(visit: Visit, run: RunView, person: WaitingView, candidate: CandidateView) -> None:
    words, button = st.columns([4, 1], vertical_alignment="center")
    about = escape(_about(person, candidate))
    words.html(f"<b>{escape(candidate.name)}</b> · target ID {escape(candidate.target_id)}<br>{about}")
    key = f"{person.position} {candidate.target_id}"
    with button:
        if candidate.owner_id is not None:
            _button(
                visit, "Unlink", f"free {key}", match_decisions.unlink, run.connection_id, candidate.owner_id
            )
        elif person.linked_to != candidate.target_id:
            _button(
                visit,
                "Link",
                f"link {key}",
                match_decisions.link,
                run.id,
                person.position,
                candidate.target_id,
            )


def _about(person: WaitingView, candidate: CandidateView) -> str:
    told = ["Has the same employee number."] if candidate.same_number else []
    if candidate.linked and person.linked_to is None:
        told.append("Was linked to this employee until now.")
    if candidate.owner_id is not None:
        told.append(f"Is linked to {candidate.owner or 'another employee'} ({candidate.owner_id}).")
    if candidate.ruled_out:
        told.append("You have decided that this is somebody else.")
    return " ".join(told)


def _button(visit: Visit, label: str, key: str, decide: Callable[..., None], *arguments: object) -> None:
    if st.button(label, key=key):
        with errors.shown():
            decide(visit.actor, *arguments)
            st.rerun()
