"""Write several employees to a described system in one request, each with an outcome of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.concurrency import gather
from connectors.contract.capabilities import Update
from connectors.contract.errors import RefusedTogetherError, UnansweredError
from connectors.contract.records import Outcome, Prepared
from connectors.http.response import Answer
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.target import RestTarget, new_employee, there
from connectors.rest.description.document import Description
from connectors.rest.description.endpoints import Many

# Of each employee of a request in its order what must not be repeated, and the system's id where it is
# known already.
Expected = Sequence[tuple[responses.Secrets, str | None]]


class _Batching(RestTarget):
    """A described system that takes several employees in a request."""

    @property
    def batch_size(self) -> int:
        """How many go into a request: what the system takes, and the less of two where creates and updates differ."""
        employees = self._system.described.employees
        return min(one.most for one in (employees.create_many, employees.update_many) if one is not None)

    async def _send_many(
        self, many: Many, entries: Sequence[Any], expected: Expected, *, repeatable: bool
    ) -> list[Outcome]:
        sent: Any = list(entries)
        if many.records is not None:
            sent = {}
            paths.put(sent, many.records, list(entries))
        answer = await self._client.send(
            many.method, self._path(many.path), sent, many.query, repeatable=repeatable
        )
        responses.must_be_allowed(self._system, answer)
        told = self._told(many, answer, len(expected))
        outcomes = [
            None if result is None else responses.one_of_many(self._system, many.results, result, *one)
            for result, one in zip(told or [None] * len(expected), expected, strict=True)
        ]
        if not answer.ok and (told is None or many.results.status is None) and not _made(outcomes, expected):
            said = responses.words(
                self._system, answer, [secret for secrets, _ in expected for secret in secrets()]
            )
            raise RefusedTogetherError(
                f"{self._system.name} refused {len(expected)} employees together: {said}"
            )
        known = [outcome for outcome in outcomes if outcome is not None]
        ids = [outcome.target_id for outcome in known if outcome.target_id]
        if len(known) != len(expected) or len(set(ids)) != len(ids):
            raise UnansweredError(
                f"{self._system.name} did not say what became of each employee it was sent."
            )
        return known

    def _told(self, many: Many, answer: Answer, number: int) -> list[dict[str, Any] | None] | None:
        """Return the results in the order of the request, None for who is left out; None when there are none at all."""
        found = paths.at(answer.data, many.results.records)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            return None
        if many.results.position is None:
            return found if len(found) == number else None
        placed: list[dict[str, Any] | None] = [None] * number
        for one in found:
            at = paths.at(one, many.results.position)
            if not isinstance(at, int) or not 0 <= at < number or placed[at] is not None:
                return None
            placed[at] = one
        return placed


def _made(outcomes: Sequence[Outcome | None], expected: Expected) -> bool:
    """Say whether a result names an id that nobody knew before, so that not everything was refused."""
    return any(
        one is not None and one.target_id and known is None
        for one, (_, known) in zip(outcomes, expected, strict=True)
    )


class CreatingMany(_Batching):
    """It takes several new employees in a request."""

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create several employees."""
        many = there(self._system.described.employees.create_many)
        expected = [
            (partial(responses.secrets, self._system, one, {}), self._chosen_id(one)) for one in prepared
        ]
        entries = [new_employee(one) for one in prepared]
        return await self._send_many(many, entries, expected, repeatable=many.method == "PUT")


class UpdatingMany(_Batching):
    """It takes several changed employees in a request."""

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Bring several employees to what was prepared; who is not there any more is left out of the request."""
        many = there(self._system.described.employees.update_many)
        changes = await gather(self._changed(one.target_id, one.prepared) for one in updates)
        present = [(one, change) for one, change in zip(updates, changes, strict=True) if change is not None]
        for one, change in present:
            known = int(one.target_id) if many.numeric_ids and one.target_id.isdecimal() else one.target_id
            paths.put(change, self._system.described.employees.id, known)
        expected = [
            (partial(responses.secrets, self._system, one.prepared, change), one.target_id)
            for one, change in present
        ]
        entries = [change for _, change in present]
        found = iter(await self._send_many(many, entries, expected, repeatable=True) if present else ())
        return [
            responses.not_found(self._system) if change is None else _kept(next(found), one.target_id)
            for one, change in zip(updates, changes, strict=True)
        ]


def _kept(outcome: Outcome, target_id: str) -> Outcome:
    """Return an outcome with the id as we know it, however the system wrote it."""
    return outcome if outcome.target_id is None else replace(outcome, target_id=target_id)


class CreatingAndUpdatingMany(CreatingMany, UpdatingMany):
    """It takes several employees in a request, new or changed."""


def target_of(described: Description) -> type[RestTarget]:
    """Return what a described system is as a target: one that takes many, where the file says so."""
    creates, updates = (
        described.employees.create_many is not None,
        described.employees.update_many is not None,
    )
    if creates and updates:
        return CreatingAndUpdatingMany
    return CreatingMany if creates else UpdatingMany if updates else RestTarget
