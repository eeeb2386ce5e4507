"""The buttons that decide on a kept plan: all of it, a group, single employees, or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from core.models import RunKind
from core.review import approvals, plan_rows, plans
from core.review.plan_rows import PlanFilter, PlanGroup
from core.review.plans import PlanView
from pages.ui.layout import confirmation, errors
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.reports.plan_table import Chosen

CHOICES = ("all", "group", "selected", "same", "reject")


@dataclass(frozen=True, slots=True)
class _Offer:
    """One thing that can be approved: its button, and the positions (None: all); ``refusal`` says why it cannot."""

    name: str
    label: str
    positions: Sequence[int] | None
    refusal: str = ""


def key_of(plan: PlanView, name: str) -> str:
    """Return the key of the question that one of the buttons opens."""
    return f"approve {name} {plan.run_id}"


def render(user: CurrentUser, plan: PlanView, chosen: Chosen) -> None:
    """Show the buttons, disabled with the reason for who may not decide, and the question that is open."""
    verb, reject = ("Apply", "Discard") if plan.kind is RunKind.PREVIEW else ("Approve", "Reject all")
    offers = _offers(user, plan, chosen, verb)
    for reason in dict.fromkeys(offer.refusal for offer in offers if offer.refusal):
        st.caption(plain(reason))
    with st.container(horizontal=True):
        for offer in offers:
            confirmation.render_button(
                plain(offer.label),
                key_of(plan, offer.name),
                kind="primary" if offer.name == "all" else "secondary",
                disabled=bool(offer.refusal) or offer.positions == (),
                help_text=plain(offer.refusal) if offer.refusal else None,
            )
        confirmation.render_button(
            reject,
            key_of(plan, "reject"),
            disabled=not plan.can_decide,
            help_text="Nothing is written, and the plan is deleted.",
        )
    for offer in offers:
        _ask(user, plan, offer, verb)
    _ask_to_reject(user, plan, "Discard" if plan.kind is RunKind.PREVIEW else "Reject")


def _offers(user: CurrentUser, plan: PlanView, chosen: Chosen, verb: str) -> list[_Offer]:
    everything = f"{verb} all ({plan.writes:,})" if plan.writes else f"{verb} the ends"
    offers: list[tuple[str, str, Sequence[int] | None]] = [("all", everything, None)]
    if plan.writes:
        if chosen.number:
            positions = tuple(plan_rows.positions_of(user.actor, plan.run_id, chosen.only))
            offers.append(("group", f"{verb} this group: {chosen.name} ({chosen.number:,})", positions))
        offers.append(("selected", f"{verb} chosen ({len(chosen.positions):,})", chosen.positions))
    if plan.agreed_choice is not None:
        offers.append(("same", f"Approve the same ({len(plan.agreed_choice):,})", plan.agreed_choice))
    changing_bank: Collection[int] = ()
    if plan.bank_refusal and plan.can_decide:
        of_bank = PlanFilter(PlanGroup.BANK)
        changing_bank = frozenset(plan_rows.positions_of(user.actor, plan.run_id, of_bank))
    return [
        _Offer(name, label, positions, _refusal(plan, positions, changing_bank))
        for name, label, positions in offers
    ]


def _refusal(plan: PlanView, positions: Sequence[int] | None, changing_bank: Collection[int]) -> str:
    """Return why somebody may not approve these; nothing when they may."""
    if not plan.can_decide:
        return "An Account Admin can decide here."
    touches_bank = positions is None or any(position in changing_bank for position in positions)
    return plan.bank_refusal if touches_bank else ""


def _ask(user: CurrentUser, plan: PlanView, offer: _Offer, verb: str) -> None:
    """Say what approving will do, and ask once."""
    key = key_of(plan, offer.name)
    if offer.refusal or not confirmation.is_open(key):
        return
    with errors.shown():
        waits = approvals.another_has_to_agree(user.actor, plan.run_id, offer.positions)
        number = None if offer.positions is None else len(offer.positions)
        sentences = plans.what_follows(plan, number, is_first_of_two=waits)
        _decide(key, plain(" ".join(sentences)), verb, _approving(user, plan, offer))


def _approving(user: CurrentUser, plan: PlanView, offer: _Offer) -> Callable[[str], None]:
    def approve(note: str) -> None:
        new_run_id = approvals.approve(user.actor, plan.run_id, offer.positions, note)
        if new_run_id is not None:
            st.query_params["run"] = str(new_run_id)

    return approve


def _ask_to_reject(user: CurrentUser, plan: PlanView, verb: str) -> None:
    sentence = (
        "Nothing will be written, and the plan is deleted. What it would write comes again in the next run."
    )
    _decide(
        key_of(plan, "reject"),
        sentence,
        verb,
        lambda note: approvals.reject(user.actor, plan.run_id, note),
    )


def _decide(key: str, sentence: str, verb: str, act: Callable[[str], None]) -> None:
    """Ask a question, if it is open, with a note, and act on the answer."""
    if confirmation.is_open(key) and confirmation.render(key, [sentence], verb, with_note=True):
        with errors.shown():
            act(confirmation.note(key))
            st.rerun()
