"""The employees of a run whose match needs a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from core.reports.run_list import RunView
from core.review import match_decisions, matches
from core.review.matches import CandidateView, WaitingView
from core.runs import outcome_catalogue
from core.security.actor import Permission
from pages.ui.layout import confirmation, errors
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.reports import match_confirmation

UNDO = "You can undo this until a run has acted on it."


def render(user: CurrentUser, run: RunView) -> None:
    """Show each employee with the candidates for a match; only for users who may decide."""
    if not run.counters.held or not user.actor.may(Permission.APPROVE_RUNS):
        return
    employees = matches.waiting_employees(user.actor, run.id)
    if not employees:
        return
    st.header("Who is this?", anchor=False)
    st.caption(_waiting_text(employees))
    match_confirmation.render(user, run)
    for employee in employees:
        render_employee(user, run, employee)


def _waiting_text(employees: list[WaitingView]) -> str:
    undecided = sum(not employee.settled for employee in employees)
    if not undecided:
        return "All are decided. The next run applies your decisions."
    people = "1 person is" if undecided == 1 else f"{undecided:,} people are"
    return f"{people} waiting for your decision. The next run applies your decisions."


def render_employee(user: CurrentUser, run: RunView, employee: WaitingView) -> None:
    """Show an employee who waits with the candidates, and what can be decided."""
    title = plain(f"{employee.name} ({employee.source_id}): {_state(employee)}")
    is_open = confirmation.is_open_for(f"match {run.id} {employee.position} ")
    with st.expander(title, is_open, key=f"waiting {run.id} {employee.position}"):
        if employee.reason in outcome_catalogue.CATALOGUE:
            st.caption(plain(run.systems.fill(outcome_catalogue.explain(employee.reason).sentence)))
        for candidate in employee.candidates:
            _render_candidate(user, run, employee, candidate)
        if not employee.candidates:
            st.write(
                plain(run.systems.fill("No matching employee in {target}. Fix the duplicate in {source}."))
            )
        elif employee.linked_to is not None:
            _render_unlink_own(user, run, employee)
        elif employee.can_be_new and not employee.is_new:
            _render_create_new(user, run, employee)
        if employee.can_undo:
            undo = (match_decisions.undo, run.connection_id, employee.source_id)
            _render_button(user, "Undo", f"undo {employee.position}", *undo)


def _state(employee: WaitingView) -> str:
    if employee.linked_to is not None:
        return f"linked to {employee.linked_to}"
    if employee.is_new:
        return "will be created as new"
    return outcome_catalogue.processor(employee.decision, None)


def _render_unlink_own(user: CurrentUser, run: RunView, employee: WaitingView) -> None:
    """Offer to unlink the waiting employee from the candidate they are linked to."""
    linked = next((each for each in employee.candidates if each.target_id == employee.linked_to), None)
    key = f"match {run.id} {employee.position} own"
    confirmation.render_button("Unlink", key)
    if confirmation.is_open(key) and linked is not None:
        owner = (employee.name, employee.source_id)
        _render_unlink(user, run, key, owner, linked, contenders=linked.contenders)


def _render_create_new(user: CurrentUser, run: RunView, employee: WaitingView) -> None:
    key = f"match {run.id} {employee.position} new"
    confirmation.render_button("Create new", key)
    if not confirmation.is_open(key):
        return
    names = ", ".join(f"{candidate.name} ({candidate.target_id})" for candidate in employee.candidates)
    sentences = [
        f"**{plain(employee.name)}** ({plain(employee.source_id)}) will be created in "
        f"{plain(run.systems.target)} as a new "
        f"employee. {plain(names)} will be left to other people.",
        UNDO,
    ]
    if confirmation.render(key, sentences, "Create new"):
        with errors.shown():
            match_decisions.create_new(user.actor, run.id, employee.position)
            st.rerun()


def _render_candidate(
    user: CurrentUser, run: RunView, employee: WaitingView, candidate: CandidateView
) -> None:
    facts, button = st.columns([4, 1], vertical_alignment="center")
    details = escape(_candidate_text(employee, candidate))
    facts.html(f"<b>{escape(candidate.name)}</b> · Target ID {escape(candidate.target_id)}<br>{details}")
    key = f"match {run.id} {employee.position} {candidate.target_id}"
    with button:
        if candidate.owner_id is not None:
            confirmation.render_button("Unlink", key)
        elif employee.linked_to != candidate.target_id:
            link = (match_decisions.link, run.id, employee.position, candidate.target_id)
            _render_button(user, "Link", f"link {key}", *link)
        if candidate.unlinked_from is not None:
            undo = (match_decisions.undo, run.connection_id, candidate.unlinked_from[0])
            _render_button(user, "Undo", f"undo {key}", *undo)
    if candidate.owner_id is not None and confirmation.is_open(key):
        owner = (candidate.owner or candidate.owner_id, candidate.owner_id)
        contenders = (employee.name, *candidate.contenders)
        _render_unlink(user, run, key, owner, candidate, contenders=contenders)


def _render_unlink(
    user: CurrentUser,
    run: RunView,
    key: str,
    owner: tuple[str, str],
    candidate: CandidateView,
    *,
    contenders: Sequence[str],
) -> None:
    """Ask whether to unlink an employee, with both people and what the next run will do."""
    name, source_id = owner
    source, target = plain(run.systems.source), plain(run.systems.target)
    sentences = [
        f"| {source} | {target} |\n|---|---|\n"
        f"| **{plain(name)}**, source ID {plain(source_id)} "
        f"| **{plain(candidate.name)}**, target ID {plain(candidate.target_id)} |",
        f"{target} {plain(candidate.target_id)} will no longer belong to {plain(name)}.",
    ]
    if contenders:
        people = plain(" or ".join(dict.fromkeys(contenders)))
        sentences.append(f"The next run may give it to **{people}** and write their details over it.")
    sentences.append(f"The next run matches {plain(name)} again, but not to this employee.")
    if confirmation.render(key, [*sentences, UNDO], "Unlink"):
        with errors.shown():
            match_decisions.unlink(user.actor, run.connection_id, source_id)
            st.rerun()


def _candidate_text(employee: WaitingView, candidate: CandidateView) -> str:
    sentences = [f"Agrees in {candidate.agrees}."] if candidate.agrees else []
    if candidate.same_number and not candidate.agrees:
        sentences.append("Has the same employee number.")
    if candidate.linked and employee.linked_to is None:
        sentences.append("Was linked to this employee until now.")
    if candidate.owner_id is not None:
        sentences.append(f"Is linked to {candidate.owner or 'another employee'} ({candidate.owner_id}).")
    if candidate.unlinked_from is not None:
        source_id, name = candidate.unlinked_from
        sentences.append(f"You unlinked {name} ({source_id}) from it.")
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
