"""What the message of a run says beside the numbers that a page shows anyway."""

from __future__ import annotations

import pytest

from core.runs import messages
from core.runs.counters import Counters


@pytest.mark.parametrize(
    ("applied", "ignored", "beside"),
    [
        (None, 0, ""),
        (None, 1, "1 is ignored."),
        (None, 2, "2 are ignored."),
        (7, 0, "Approved from run #7."),
        (7, 3, "Approved from run #7. 3 are ignored."),
    ],
)
@pytest.mark.parametrize("errors", [0, 2])
def test_sentences_without_counters_are_kept_beside_the_headline(
    applied: int | None, ignored: int, beside: str, errors: int
) -> None:
    counters = Counters(read=9 + errors, created=5, unchanged=3, held=1, errors=errors)
    _, message = messages.ended(counters, applied, need_action=4, ignored=ignored)
    assert messages.not_counted(message) == beside


def test_a_plan_without_anything_to_write_is_still_said() -> None:
    _, message = messages.ended(Counters(), 7)
    assert messages.not_counted(message) == "Approved from run #7. There was nothing to write."
