"""Send the fields that have a request of their own, and follow what a system accepts for later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from connectors.contract.errors import PendingError, TemporaryError, UnansweredError
from connectors.contract.fields import Value
from connectors.contract.records import Outcome, Prepared, TargetRecord
from connectors.contract.requests.pending import pending_requests
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.confirmations import record_id
from connectors.rest.client.refusals.failure_signs import is_refused
from connectors.rest.client.session import Json, Session, is_valid_id
from connectors.rest.client.updates.following import follow_to_end, status_path
from connectors.rest.description.endpoints import FieldAction, FollowedStatus
from connectors.rest.description.settings_form import fill_json
from connectors.rest.translation.target_records import as_json

# How often an employee may have gone on in another record before the last one counts.
MOST_MOVES = 10


class ActingSession(Session):
    """A session of a target whose file may have actions."""

    async def _followed(
        self, name: str, followed: FollowedStatus | None, send: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Send a request and return the response that says how it has ended.

        One that the system has accepted before is not sent again, but followed. Raises PendingError.
        """
        if followed is None:
            return await send()
        earlier = pending_requests().get(name)
        if earlier is not None and earlier.address is not None:
            return await self._to_end(name, followed, earlier.address)
        return await self._follow(name, followed, await send())

    async def _follow(self, name: str, followed: FollowedStatus, response: Response) -> Response:
        """Return how a request has ended, once its status address is stored; the first response where it is the end."""
        side: Any = self._settings
        template = followed.path

        def fill(status_id: str) -> str | None:
            return self._path(str(template), status_id=status_id) if is_valid_id(status_id) else None

        address = status_path(self._system, side.url, followed, response, fill if template else None)
        if address is None:
            await pending_requests().drop(name)
            return response
        await pending_requests().keep(name, address)
        return await self._to_end(name, followed, address)

    async def _to_end(self, name: str, followed: FollowedStatus, address: str) -> Response:
        response = await follow_to_end(self._system, self._client, followed, address)
        await pending_requests().drop(name)
        if response.status == HTTPStatus.NOT_FOUND:
            raise UnansweredError(f"{self._system.name} no longer shows how the request has ended.")
        return response

    async def _end_earlier_actions(self, prepared: Prepared) -> Outcome | None:
        """Follow the actions of earlier runs to their ends; return the refusal of one. Raises PendingError."""
        for action in self._system.description.employees.actions:
            earlier = pending_requests().get(action.path)
            if earlier is None or earlier.address is None or action.follow is None:
                continue
            try:
                response = await self._to_end(action.path, action.follow, earlier.address)
            except PendingError:
                raise
            except UnansweredError:  # what the employee's details show says it
                continue
            if (refusal := self._refusal(response, prepared)) is not None:
                return refusal
        return None

    async def _continued(self, target_id: str) -> tuple[str, Json | None]:
        """Return the record that continues an employee, after a transfer for example: its id, and what it shows.

        Nothing is read where no action leads to another record.
        """
        employees, shown = self._system.description.employees, None
        places = {action.continues_at for action in employees.actions if action.continues_at}
        if employees.get is None or not is_valid_id(target_id):
            return target_id, None
        for _ in range(MOST_MOVES if places else 0):
            shown = await self._read(employees.get, id=target_id)
            ids = [record_id(paths.value_at(shown, place)) for place in places]
            next_id = next((each for each in ids if each is not None and each != target_id), None)
            if next_id is None:
                break
            target_id = next_id
        return target_id, shown

    async def _act(
        self, target_id: str, prepared: Prepared, current: TargetRecord | None, outcome: Outcome
    ) -> Outcome:
        """Send the fields that have a request of their own where the target shows another value.

        ``outcome`` is that of the update before, and stays the outcome unless an action is refused.
        """
        for action in self._system.description.employees.actions:
            if not is_due(action, prepared.values.get(action.field), current):
                continue
            refusal = self._refusal(await self._send_action(action, target_id, prepared), prepared)
            if refusal is not None:
                return refusal
            if action.continues_at is not None:
                target_id, _ = await self._continued(target_id)
            outcome = replace(outcome, target_id=target_id, shown=None)
        return outcome

    def _refusal(self, response: Response, prepared: Prepared) -> Outcome | None:
        if response.ok and not is_refused(self._system, response.data):
            return None
        secrets = partial(responses.sensitive_values, self._system, prepared, {})
        return responses.refused_outcome(self._system, response, secrets)

    async def _send_action(self, action: FieldAction, target_id: str, prepared: Prepared) -> Response:
        names = {"id": target_id, "value": self._as_text(prepared, action.field)}
        names |= {name: self._as_text(prepared, name) for name in action.also}
        send = partial(
            self._client.send,
            action.method,
            self._path(action.path, **names),
            fill_json(action.content, self._settings, names),
            self._query(action.query, **names),
            repeatable=action.follow is None,
        )
        if action.follow is None:
            return await send()
        pending = pending_requests()
        earlier = pending.get(action.path)
        if earlier is not None and earlier.is_recent:  # nobody knows whether it arrived
            raise PendingError(
                f"{self._system.name} may have accepted the request and does not show its result yet."
            )
        await pending.keep(action.path, None)
        try:
            response = await send()
        except TemporaryError as error:
            if error.is_server_error:  # it is no longer working on the request
                await pending.drop(action.path)
            raise
        return await self._follow(action.path, action.follow, response)

    def _as_text(self, prepared: Prepared, name: str) -> str:
        value = as_json(prepared.values.get(name), self._system.write_date)
        return "" if value is None else str(value)


def is_due(action: FieldAction, value: Value, current: TargetRecord | None) -> bool:
    """Say whether a field has to be sent by its own request: it has a value that the target does not show."""
    if current is not None and current.values.get(action.field) == value:
        return False
    if action.equals is None:
        return value is not None
    return str(value).casefold() in {str(word).casefold() for word in action.equals}
