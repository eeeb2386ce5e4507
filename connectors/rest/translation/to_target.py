"""Translate an employee for a described target: what is sent, and what is left out or stops the record."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.records import OngoingEmployment, Prepared, Warn
from connectors.rest.description.base import UserMessage
from connectors.rest.description.roles import Collection, FieldGroup
from connectors.rest.description.system import System, origin_path
from connectors.rest.translation.draft import Draft, DraftRules
from connectors.rest.translation.missing_fields import MissingFields
from connectors.rest.translation.target_fields import compile_field

NOT_READ = (
    "PAYROLL_DETAILS_NOT_READ",
    "The HR system did not let iHUB read some payroll details of this employee, so these were not compared. Give the "
    "person who connected it the right to read them.",
)


class EmployeePreparer:
    """Translates employees for one described target; what its file says is prepared once."""

    def __init__(self, system: System, settings: SideSettings) -> None:
        """Take a system that is a target, and the settings of its side."""
        self._settings, self._hook, self._refilled = settings, system.hook, system.refilled
        self._rules, self._missing = DraftRules(system), MissingFields(system, settings)
        self._together, self._first_field = system.target.together, system.target.fields[0].name
        self._earliest, self._latest = system.plausible_dates(None)
        self._ended = system.target.ended
        fillers = [(field.name, compile_field(system, settings, field)) for field in system.target.fields]
        self._fillers_of_leavers = [filler for _, filler in fillers]
        self._fillers = [filler for name, filler in fillers if name not in self._ended.only_leavers]
        self._collections = [
            (collection, _compile_ends(system, collection)) for collection in system.target.collections
        ]
        actions = system.description.employees.actions
        self._only_employed = [action.field for action in actions if action.only_employed]
        end_field = system.fields_by_name.get(self._ended.field or "")
        self._can_reopen = self._ended.reopens and end_field is not None and end_field.filled

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Return the employee in the target's fields. It makes no request and reads no clock."""
        draft, is_terminated = Draft(self._rules), employee.terminated
        for fill in self._fillers_of_leavers if is_terminated else self._fillers:
            fill(draft, employee, source_id)
        for group in self._together:
            _keep_together(draft, group)
        for collection, ends in self._collections:
            _limit(draft, employee, collection, ends)
        if employee.refused:
            draft.warn(*NOT_READ)
        warning = self._ended.warning
        if is_terminated and warning is not None and not self._sends_end(draft):
            self._ask_for_end(draft, warning)
        if self._hook is not None:
            self._run_hook(draft, employee)
        if is_terminated and self._ended.needs:
            self._hold_incomplete_end(draft)
        self._missing.stop(draft, employee, source_id)
        for name in self._only_employed if is_terminated else ():
            draft.drop(name)
        ongoing = None if is_terminated else self._ongoing(employee)
        return draft.finish(is_terminated and self._sends_end(draft), ongoing, employee.middle_name)

    def _run_hook(self, draft: Draft, employee: Employee) -> None:
        """Let the hook fill its fields, apart from those that the connection fills in a way of its own."""
        if self._hook is None:
            return
        if not self._refilled:
            self._hook(draft, employee, self._settings)
            return
        ours = {name: draft.values[name] for name in self._refilled if name in draft.values}
        self._hook(draft, employee, self._settings)
        for name in self._refilled:
            draft.drop(name)
        draft.values.update(ours)

    def _sends_end(self, draft: Draft) -> bool:
        return self._ended.field is not None and draft.get(self._ended.field) is not None

    def _hold_incomplete_end(self, draft: Draft) -> None:
        """Send the end of an employment with all that it needs, or nothing of it, with a message."""
        ended = self._ended
        missing = [name for name in ended.needs if draft.get(name) is None]
        if not missing and self._sends_end(draft):
            return
        if self._sends_end(draft) and ended.otherwise is not None:
            draft.add_message(missing[0], ended.otherwise)
        for name in ended.only_leavers:
            draft.drop(str(name))

    def _ask_for_end(self, draft: Draft, message: UserMessage) -> None:
        """Ask for the end of the employment to be entered in the target, unless the message stops the employee."""
        field = self._ended.field
        if message.stops is not None:
            draft.add_message(field or self._first_field, message)
            return
        draft.add_warning(Warn(message.code, message.message, field, at_target=True, until_shown=True))

    def _ongoing(self, employee: Employee) -> OngoingEmployment | None:
        """Return how to see that the target has ended an employment which the HR system has not."""
        name, since = self._ended.field, employee.start_date
        if name is None:
            return None
        if since is not None and not self._earliest <= since <= self._latest:
            since = None
        return OngoingEmployment(name, since, self._can_reopen)


def _keep_together(draft: Draft, group: FieldGroup) -> None:
    """Leave out all fields of a group when one is missing, with a message."""
    present = [name for name in group.fields if draft.get(name) is not None]
    if len(present) == len(group.fields):
        return
    for name in (*group.fields, *group.also):
        if present or draft.get(name) is not None:  # a group without values may still be cleared
            draft.drop(name)
    if present and not draft.has_warning(group.otherwise.code):
        draft.add_message(group.fields[0], group.otherwise)


def _limit(draft: Draft, employee: Employee, collection: Collection, ends: Sequence[tuple[str, int]]) -> None:
    """Add a message when there are too many items; clear the target's items beyond those of the employee.

    ``ends`` are the fields that are filled from items of the collection, each with the first item that it needs.
    """
    count = len(getattr(employee, collection.of))
    if not count and collection.of not in employee.unread:
        draft.put_blank(collection.field)
    if count > collection.most:
        draft.add_message(collection.field, collection.more)
    if collection.rest == "clear" and count:
        for name, first in ends:
            if first >= count:
                draft.clear(name)


def _compile_ends(system: System, collection: Collection) -> list[tuple[str, int]]:
    ends = []
    for field in system.target.fields:
        names = [origin_path(origin).split(".") for origin in field.all_origins]
        if indexes := [int(name[1]) for name in names if name[0] == collection.of and len(name) > 1]:
            ends.append((field.name, min(indexes)))
    return ends
