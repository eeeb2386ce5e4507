"""The source's values that the target has no value for, with the people behind each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract.records import Reason
from core.people.entries import Person
from core.people.listing import by_name
from core.people.readiness import all_verdicts
from core.people.verdicts import State
from core.security.actor import Actor


@dataclass(frozen=True, slots=True)
class UnmappedValue:
    """One value that the target's field has no value for.

    ``value`` is None where it is not named, because it is about pay or may identify somebody. ``stops``: the people are
    not written for it; otherwise they are, without the field.
    """

    field: str
    label: str
    value: str | None
    stops: bool
    people: Sequence[Person]


def unmapped(actor: Actor, connection_id: int) -> Sequence[UnmappedValue]:
    """Return the values without a match of everybody the job sends, those of most people first.

    Raises NotFoundError, ForbiddenError.
    """
    found: dict[tuple[str, str, str | None, bool], list[Person]] = defaultdict(list)
    for verdict in all_verdicts(actor, connection_id):
        if verdict.state is State.LEFT_OUT:
            continue
        for finding in verdict.person.findings:
            if finding.reason == Reason.NO_VALUE_MAP:
                found[finding.field, finding.label, finding.value, finding.stops].append(verdict.person)
    values = [UnmappedValue(*key, sorted(people, key=by_name)) for key, people in found.items()]
    return sorted(values, key=lambda each: (-len(each.people), each.label, each.value or ""))
