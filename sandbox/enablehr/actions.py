"""What enableHR does later: a request for it is accepted, and its status says when it is done."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.clock import Clock
from sandbox.document_store import Document, DocumentStore
from sandbox.enablehr import moves
from sandbox.enablehr.employees import Employees

TERMINATE = "Terminate_Employee"
# The types of transfers as a request names them, and as a status does.
TRANSFERS = {
    "Move_Everything": moves.MOVE,
    "Create_Copy": moves.COPY,
    "Move_Everything_No_Trace": moves.NO_TRACE,
}
_KIND = "enablehr_action"


class Actions:
    """Actions by id, stored, so that they are carried out although the program was stopped in between."""

    def __init__(self, store: DocumentStore, clock: Clock, people: Employees) -> None:
        """Load the actions of the last run of the program."""
        self._store, self._clock, self._people = store, clock, people
        self._actions = store.read(_KIND)

    def clear(self) -> None:
        """Forget all actions."""
        self._actions = {}
        self._store.clear(_KIND)

    def accept(self, kind: str, person: str, details: dict[str, Any], seconds: float, *, fails: bool) -> str:
        """Accept an action that is carried out, or fails, after some seconds; return its id."""
        action, now = secrets.token_hex(8), self._clock.now()
        self._put(
            action,
            {
                "id": action,
                "actionStatus": "Pending",
                "referenceId": person,
                "referenceType": "Employee",
                "type": kind,
                "dateCreatedUTC": now.isoformat(),
                "dateUpdatedUTC": now.isoformat(),
                "_details": details,
                "_begins": now.timestamp() + seconds / 2,
                "_ends": now.timestamp() + seconds,
                "_fails": fails,
            },
        )
        return action

    def status(self, action: str) -> Document | None:
        """Return what enableHR says of an action."""
        entry = self._actions.get(action)
        return entry and {name: value for name, value in entry.items() if not name.startswith("_")}

    def carry_out(self) -> None:
        """Carry out what is due."""
        now = self._clock.seconds()
        for name, action in list(self._actions.items()):
            if action["actionStatus"] in {"Completed", "Failed"}:
                continue
            if now >= action["_ends"]:
                done = not action["_fails"] and self._do(action)
                self._put(name, action | {"actionStatus": "Completed" if done else "Failed"})
            elif now >= action["_begins"]:
                self._put(name, action | {"actionStatus": "In_Progress"})

    def _do(self, action: Document) -> bool:
        person, details = self._people.get(action["referenceId"]), action["_details"]
        if person is None:
            return False
        if action["type"] == TERMINATE:
            ended = {"endDate": details["endDate"], "employmentStatus": "Terminated"}
            self._people.edit(person["id"], ended)
            return True
        try:
            moves.transfer(self._people, person, details["toBranchId"], action["type"])
        except moves.MoveError:
            return False
        return True

    def _put(self, name: str, action: Document) -> None:
        self._actions[name] = action
        self._store.put(_KIND, name, action)
