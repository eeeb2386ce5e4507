"""The employees of a run whose match needs a decision."""

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
from pages.ui.layout.current_user import CurrentUser


def render(user: CurrentUser, run: RunView) -> None:
    """Show each employee with the candidates for a match; only for users who may decide."""
    if not run.counters.held or not user.actor.may(Permission.APPROVE_RUNS):
        return
    employees = matches.waiting_employees(user.actor, run.id)
    if not employees:
        return
    st.subheader("Who is this?")
    st.caption(_waiting_text(employees))
    for employee in employees:
        _render_employee(user, run, employee)


def _waiting_text(employees: list[WaitingView]) -> str:
    undecided = sum(not employee.settled for employee in employees)
    if not undecided:
        return "All are decided. The next run applies your decisions."
    people = "1 person is" if undecided == 1 else f"{undecided:,} people are"
    return f"{people} waiting for your decision. The next run applies your decisions."


def _render_employee(user: CurrentUser, run: RunView, employee: WaitingView) -> None:
    title = f"{employee.name} ({employee.source_id}): {_state(employee)}"
    with st.expander(title, key=f"waiting {run.id} {employee.position}"):
        if employee.reason in outcome_catalogue.CATALOGUE:
            st.caption(run.systems.fill(outcome_catalogue.explain(employee.reason).sentence))
        for candidate in employee.candidates:
            _render_candidate(user, run, employee, candidate)
        number = employee.position
        if not employee.candidates:
            st.write(run.systems.fill("No matching employee in {target}. Fix the duplicate in {source}."))
        elif employee.linked_to is not None:
            unlink = (match_decisions.unlink, run.connection_id, employee.source_id)
            _render_button(user, "Unlink", f"unlink {number}", *unlink)
        elif employee.can_be_new and not employee.is_new:
            _render_button(user, "Create new", f"new {number}", match_decisions.create_new, run.id, number)


def _state(employee: WaitingView) -> str:
    if employee.linked_to is not None:
        return f"linked to {employee.linked_to}"
    if employee.is_new:
        return "will be created as new"
    return outcome_catalogue.processor(employee.decision, None)


def _render_candidate(
    user: CurrentUser, run: RunView, employee: WaitingView, candidate: CandidateView
) -> None:
    facts, button = st.columns([4, 1], vertical_alignment="center")
    details = escape(_candidate_text(employee, candidate))
    facts.html(f"<b>{escape(candidate.name)}</b> · Target ID {escape(candidate.target_id)}<br>{details}")
    key = f"{employee.position} {candidate.target_id}"
    with button:
        if candidate.owner_id is not None:
            unlink = (match_decisions.unlink, run.connection_id, candidate.owner_id)
            _render_button(user, "Unlink", f"free {key}", *unlink)
        elif employee.linked_to != candidate.target_id:
            link = (match_decisions.link, run.id, employee.position, candidate.target_id)
            _render_button(user, "Link", f"link {key}", *link)


def _candidate_text(employee: WaitingView, candidate: CandidateView) -> str:
    sentences = ["Has the same employee number."] if candidate.same_number else []
    if candidate.linked and employee.linked_to is None:
        sentences.append("Was linked to this employee until now.")
    if candidate.owner_id is not None:
        sentences.append(f"Is linked to {candidate.owner or 'another employee'} ({candidate.owner_id}).")
    if candidate.ruled_out:
        sentences.append("You marked these as different people.")
    return " ".join(sentences)


def _render_button(
    user: CurrentUser, label: str, key: str, decide: Callable[..., None], *arguments: object
) -> None:
    if st.button(label, key=key):
        with errors.shown():
            decide(user.actor, *arguments)
            st.rerun()
