"""Send the fields that have a request of their own, and follow what a system accepts for later."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from connectors.contract.records import Outcome, Prepared, TargetRecord
from connectors.http.response import Response
from connectors.rest.client import responses
from connectors.rest.client.following import follow_to_end
from connectors.rest.client.refusals.failure_signs import is_refused
from connectors.rest.client.session import Session
from connectors.rest.description.endpoints import FieldAction, FollowedStatus
from connectors.rest.description.settings_form import fill_json
from connectors.rest.translation.target_records import as_json, is_due


class ActingSession(Session):
    """A session of a target whose file may have actions."""

    async def _to_end(self, followed: FollowedStatus | None, response: Response) -> Response:
        """Return the response that says how a request has ended, which may have been accepted for later."""
        if followed is None:
            return response
        side: Any = self._settings
        return await follow_to_end(self._system, self._client, side.url, followed, response)

    async def _act(
        self, target_id: str, prepared: Prepared, current: TargetRecord | None, outcome: Outcome
    ) -> Outcome:
        """Send the fields that have a request of their own where the target shows another value.

        ``outcome`` is that of the update before, and stays the outcome unless an action is refused.
        """
        for action in self._system.description.employees.actions:
            if not is_due(action, prepared.values.get(action.field), current):
                continue
            response = await self._send_action(action, target_id, prepared)
            if not response.ok or is_refused(self._system, response.data):
                secrets = partial(responses.sensitive_values, self._system, prepared, {})
                return responses.refused_outcome(self._system, response, secrets)
            outcome = replace(outcome, shown=None)
        return outcome

    async def _send_action(self, action: FieldAction, target_id: str, prepared: Prepared) -> Response:
        value = as_json(prepared.values.get(action.field), self._system.write_date)
        names = {"id": target_id, "value": "" if value is None else str(value)}
        response = await self._client.send(
            action.method,
            self._path(action.path, **names),
            fill_json(action.content, self._settings, names),
            self._query(action.query, **names),
            repeatable=True,
        )
        return await self._to_end(action.follow, response)
