"""The state of a link tells what was sent and what the target has shown since, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.contract.fields import Value
from connectors.contract.records import OngoingEmployment, Prepared, TargetRecord
from core.sync.compare import link_state
from core.sync.compare.link_state import LinkStates, StoredState
from tests.core.sync.fakes import FIELDS

LISTED, LATER = b"0123456789abcdef", b"fedcba9876543210"
END = date(2024, 6, 30)
PREPARED = Prepared(
    {"given": "Rose", "surname": "Tan", "phone": "0400 000 001", "tax": "865414088", "hours": 38},
    create_only=frozenset({"hours"}),
    ongoing=OngoingEmployment("end", None, True),
)
SHOWN: dict[str, Value] = {
    "given": "Rose",
    "surname": "Tan",
    "phone": "0400000001",
    "email": None,
    "end": None,
    "hours": 38,
}


@pytest.fixture
def states(home: object) -> LinkStates:
    return LinkStates(FIELDS, 1)


def written(states: LinkStates) -> StoredState:
    """Return the state right after the create of Rose."""
    state = states.after_write(PREPARED, states.sent("s1", PREPARED))
    return link_state.unpack(state.pack())


def shows(
    states: LinkStates, known: StoredState, digest: bytes = LISTED, **changes: Value
) -> StoredState | None:
    """Return the state after a listing in which the target shows Rose with some changes; None when she may differ."""
    return states.after_listing("s1", known, TargetRecord("T1", "", {**SHOWN, **changes}), digest)


def test_the_stored_bytes_are_what_was_packed(states: LinkStates) -> None:
    state = states.with_shown("s1", written(states), TargetRecord("T1", "", SHOWN), LISTED)
    assert link_state.unpack(state.pack()) == state
    assert link_state.unpack(state.pack()).listed == LISTED


@pytest.mark.parametrize(
    "shown",
    [
        *({}, {"given": "ROSE"}, {"surname": "Tan "}, {"surname": "tan"}, {"hours": Decimal("38.0")}),
        *({"hours": 39}, {"hours": True}, {"email": "rose@example.com"}, {"end": date(2026, 1, 2)}),
    ],
)
def test_a_value_shown_as_it_was_just_sent_is_remembered_as_if_it_had_been_hashed(
    states: LinkStates, shown: dict[str, Value]
) -> None:
    known, current = written(states), TargetRecord("T1", "", {**PREPARED.values, **SHOWN, **shown})
    hashed = states.after_listing("s1", known, current, LISTED)
    assert states.after_listing("s1", known, current, LISTED, just_sent=PREPARED.values) == hashed


@pytest.mark.parametrize("stored", [None, b"", b"\1short", b"\2" + bytes(80), b"\1" + bytes(29), bytes(50)])
def test_nothing_is_known_from_other_bytes(states: LinkStates, stored: bytes | None) -> None:
    assert not link_state.unpack(stored).is_known
    assert shows(states, link_state.unpack(stored)) is None


def test_only_who_it_is_may_be_known() -> None:
    stored = link_state.for_identity(b"0123456789ab")
    assert link_state.identity_of(stored) == b"0123456789ab" and not link_state.unpack(stored).is_known


def test_the_first_listing_has_to_show_what_was_sent(states: LinkStates) -> None:
    assert shows(states, written(states)) is not None
    assert shows(states, written(states), phone="0400 000 999") is None
    assert shows(states, written(states), surname=None) is None


def test_what_payroll_fills_in_or_hides_is_no_change(states: LinkStates) -> None:
    assert shows(states, written(states), email="rose@x.test", hours=40) is not None
    assert shows(states, written(states), tax="*** *** 088") is not None


def test_an_end_entered_right_after_the_write_is_looked_at(states: LinkStates) -> None:
    assert shows(states, written(states), end=END) is None


def test_a_later_listing_has_to_show_the_same(states: LinkStates) -> None:
    known = shows(states, written(states))
    assert known is not None
    later = shows(states, known, LATER)
    assert later is not None and later.listed == LATER and later.fields == known.fields
    for changes in ({"phone": "0400 000 999"}, {"email": "rose@x.test"}, {"end": END}, {"hours": 40}):
        assert shows(states, known, LATER, **changes) is None
    gone = {name: value for name, value in SHOWN.items() if name != "phone"}
    assert states.after_listing("s1", known, TargetRecord("T1", "", gone), LATER) is None


def test_formatting_is_no_change(states: LinkStates) -> None:
    known = shows(states, written(states))
    assert known is not None and shows(states, known, LATER, phone="(0400) 000-001") is not None


def test_what_was_written_is_recognised(states: LinkStates) -> None:
    known, sent = written(states), states.sent("s1", PREPARED)
    assert states.is_written(sent, PREPARED, known) and not states.is_spelled_differently(sent, known)
    other = replace(PREPARED, values={**PREPARED.values, "phone": "0400 000 002"})
    assert not states.is_written(states.sent("s1", other), other, known)
    capitals = replace(PREPARED, values={**PREPARED.values, "surname": "TAN"})
    assert states.is_spelled_differently(states.sent("s1", capitals), known)
    left_alone = replace(PREPARED, values={**PREPARED.values, "hours": 20})
    assert states.is_written(states.sent("s1", left_alone), left_alone, known)
    fewer = replace(PREPARED, values={"given": "Rose", "surname": "Tan"})
    assert not states.is_written(states.sent("s1", fewer), fewer, known)


def test_what_was_sent_is_known(states: LinkStates) -> None:
    known = states.after_write(
        PREPARED, states.sent("s1", replace(PREPARED, values={"phone": "0400 000 001", "email": None}))
    )
    assert states.was_sent("s1", "phone", known)
    assert not states.was_sent("s1", "email", known) and not states.was_sent("s1", "bank", known)
    kept = states.after_write(PREPARED, {}, known, taken_away=["phone"])
    assert states.was_sent("s1", "phone", kept)


def test_an_end_is_ours_only_when_we_wrote_it(states: LinkStates) -> None:
    ended = Prepared({"end": END}, ends_employment=True, end_field="end")
    sent = states.sent("s1", ended)
    ours = states.after_write(ended, sent, our_end=True)
    assert states.is_our_end("s1", "end", END, ours)
    assert not states.is_our_end("s1", "end", date(2024, 7, 1), ours)
    assert not states.is_our_end("s1", "end", END, states.after_write(ended, sent))


def test_the_hashes_of_two_links_and_of_two_pairings_cannot_be_compared(states: LinkStates) -> None:
    first = states.sent("s1", PREPARED)["surname"]
    assert first == states.sent("s1", PREPARED)["surname"]
    assert first != states.sent("s2", PREPARED)["surname"]
    assert first != LinkStates(FIELDS, 2).sent("s1", PREPARED)["surname"]


def test_a_state_holds_no_value(states: LinkStates) -> None:
    packed = shows(states, written(states))
    assert packed is not None
    assert not [value for value in SHOWN.values() if value and str(value).encode() in packed.pack()]
