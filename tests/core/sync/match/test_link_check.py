"""A link check recognises the employee a link was made for, somebody else under the same id, and a correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from connectors.contract.fields import Value
from connectors.contract.records import Prepared, TargetRecord
from core.sync.compare.link_state import for_identity
from core.sync.match.link_check import HASH_BYTES, UNKNOWN, IdentityDigests, LinkState, values_after_write
from core.sync.store.rows import Linked
from tests.core.sync.fakes import FIELDS

ROSE: Mapping[str, Value] = {"given": "Rose", "surname": "Tan", "birth": date(1990, 4, 1), "tax": "865414088"}
OTHER: Mapping[str, Value] = {
    "given": "Ivo",
    "surname": "Berg",
    "birth": date(1971, 9, 9),
    "tax": "876543210",
}


@pytest.fixture
def digests(sqlite_store: str) -> IdentityDigests:
    return IdentityDigests(FIELDS)


def state(
    digests: IdentityDigests,
    shown: Mapping[str, Value],
    *,
    numbers: tuple[str | None, str | None] = (None, None),
    **now: Any,
) -> LinkState:
    """Check the link of Rose: the source describes her as ``now``, the target shows ``shown`` under her id."""
    linked = Linked("T1", for_identity(digests.digest("s1", ROSE)), None, True, True)
    return digests.check(
        "s1", linked, Prepared({**ROSE, **now}, numbers[0]), TargetRecord("T1", "", dict(shown), numbers[1])
    )


def test_the_same_employee(digests: IdentityDigests) -> None:
    assert state(digests, ROSE) is LinkState.VALID
    assert (
        state(digests, {**ROSE, "given": "ROSE ann", "surname": "TAN", "tax": "865 414 088"})
        is LinkState.VALID
    )


def test_one_other_detail_is_a_change(digests: IdentityDigests) -> None:
    assert state(digests, {**ROSE, "surname": "Married"}) is LinkState.VALID
    assert state(digests, {**ROSE, "email": "new@x.test", "tax": "876543210"}) is LinkState.VALID


def test_several_details_that_the_source_corrected_are_a_change(digests: IdentityDigests) -> None:
    assert state(digests, ROSE, surname="Married", birth=date(1990, 1, 4), tax="876543210") is LinkState.VALID


def test_two_details_known_to_neither_make_the_link_doubtful(digests: IdentityDigests) -> None:
    assert state(digests, {**ROSE, "surname": "Berg", "birth": date(1971, 9, 9)}) is LinkState.DOUBTFUL
    assert (
        state(digests, {**ROSE, "surname": "Berg", "tax": "876543210"}, mobile="0400 000 001")
        is LinkState.DOUBTFUL
    )


def test_three_different_details_break_the_link(digests: IdentityDigests) -> None:
    assert state(digests, OTHER) is LinkState.BROKEN
    assert state(digests, {**OTHER, "tax": None}, numbers=("1001", "1002")) is LinkState.BROKEN
    assert state(digests, {**OTHER, "tax": None}, numbers=("1001", "1001")) is LinkState.DOUBTFUL


def test_unknown_details_do_not_count(digests: IdentityDigests) -> None:
    assert (
        state(digests, {"given": "Ivo", "surname": "Berg", "birth": None, "tax": "*** *** 210"})
        is LinkState.VALID
    )
    unknown = Linked("T1", None, None, True, True)
    assert (
        digests.check("s1", unknown, Prepared(ROSE, None), TargetRecord("T1", "", dict(OTHER), None))
        is LinkState.VALID
    )


def test_a_digest_reveals_nothing_and_differs_from_link_to_link(digests: IdentityDigests) -> None:
    first, second = digests.digest("s1", ROSE), digests.digest("s2", ROSE)
    assert len(first) == 3 * HASH_BYTES and first != second and first == digests.digest("s1", ROSE)
    assert parts(first).isdisjoint(parts(second))
    assert digests.digest("s1", {"given": "Rose"}) == 3 * UNKNOWN


def parts(digest: bytes) -> set[bytes]:
    return {digest[start : start + HASH_BYTES] for start in range(0, len(digest), HASH_BYTES)}


def test_fields_sent_only_on_create_keep_their_value() -> None:
    prepared = Prepared(ROSE, None, create_only=frozenset({"birth"}))
    assert values_after_write(prepared, None) == ROSE
    shown = TargetRecord("T1", "", {"birth": date(1971, 9, 9), "given": "Ivo"}, None)
    assert values_after_write(prepared, shown) == {**ROSE, "birth": date(1971, 9, 9)}
