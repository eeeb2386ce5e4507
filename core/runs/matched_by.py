"""How an employee was matched to one of the target: what agreed, as a number that is stored, and in words.

The number holds no value of anybody. A record has one when the match was made in its run; a link remembers its own.
"""

from __future__ import annotations

from enum import IntFlag

from core.models import Action, Decision


class MatchedBy(IntFlag):
    """What agreed when a match was made, or why the two belong together. The numbers are stored: never change one."""

    EMPLOYEE_NUMBER = 1
    TAX_NUMBER = 2
    NAME = 4
    SIMILAR_NAME = 8
    BIRTH_DATE = 16
    EMAIL = 32
    POSTCODE = 64
    EARLIER_RECORD = 128
    DECISION = 256
    CREATED = 512
    SENT_BEFORE = 1024


WORDS = {
    MatchedBy.DECISION: "a person's decision",
    MatchedBy.EARLIER_RECORD: "the link of an earlier record",
    MatchedBy.SENT_BEFORE: "what an earlier run sent",
    MatchedBy.EMPLOYEE_NUMBER: "employee number",
    MatchedBy.TAX_NUMBER: "tax number",
    MatchedBy.NAME: "name",
    MatchedBy.SIMILAR_NAME: "similar name",
    MatchedBy.BIRTH_DATE: "birth date",
    MatchedBy.EMAIL: "e-mail",
    MatchedBy.POSTCODE: "postcode",
}
WAITING = (Decision.AMBIGUOUS, Decision.ALREADY_LINKED)


def describe(stored: int | None) -> str:
    """Return what agreed, in words: "tax number and birth date"; empty where nothing is known."""
    if not stored:
        return ""
    words = [word for flag, word in WORDS.items() if stored & flag]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def describe_link(stored: int | None) -> str:
    """Return how a link was made: "by link (created by iHUB)", "by link (by tax number)"."""
    if stored and stored & MatchedBy.CREATED:
        return "by link (created by iHUB)"
    words = describe(stored)
    return f"by link (by {words})" if words else "by link"


def describe_record(decision: Decision, action: Action, stored: int | None, of_link: int | None) -> str:
    """Return how the employee of a record was matched; empty where nobody was found at the target.

    ``stored`` is what agreed when the match was made in the record's run, ``of_link`` when the link was made: None
    where the two are not linked now, 0 where it is not known.
    """
    if action is Action.CREATED:
        return "created by iHUB"
    if words := describe(stored):
        return f"perhaps, by {words}" if decision in WAITING else f"by {words}"
    return "" if of_link is None else describe_link(of_link)
