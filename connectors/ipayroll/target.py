"""Write employees to iPayroll, one a request, so that each has an answer of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from connectors.contract import Authoriser, Field, Organisation, Outcome, Prepared, TargetRecord
from connectors.employee import Employee
from connectors.errors import TemporaryError
from connectors.http import Client
from connectors.ipayroll import answers, translation
from connectors.ipayroll.canonical import text
from connectors.ipayroll.fields import FIELDS
from connectors.ipayroll.records import body, merged, record
from connectors.ipayroll.settings import IPayrollSettings
from connectors.pacing import LocalPacer, Pacer
from connectors.retry import Retry

EMPLOYEES = "/api/v1/employees"

Json = Mapping[str, Any]


class IPayroll:
    """One iPayroll organisation as a target for employees."""

    fields: Sequence[Field] = FIELDS

    def __init__(
        self, settings: IPayrollSettings, authoriser: Authoriser, *, pacer: Pacer | None = None, retry: Retry | None = None
    ) -> None:
        """Take the side's settings; nothing is opened yet."""
        self._settings = settings
        pacer = pacer or LocalPacer(settings.requests_per_second)
        self._client = Client("iPayroll", settings.url, authoriser, pacer, retry=retry)

    async def __aenter__(self) -> Self:
        """Open the connections to iPayroll."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.__aexit__(*exc)

    async def check(self) -> Organisation:
        """List one employee: it names the organisation, which an empty payroll cannot."""
        entries, _ = await self._page(0, 1)
        number = text(entries[0].get("organisation")) if entries else None
        return Organisation(number, f"iPayroll {number}" if number else "iPayroll")

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee."""
        return translation.prepared(self._settings, source_id, employee)

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield the active employees, all that iPayroll lists."""
        size, number, seen = self._settings.page_size, 0, set[str]()
        while True:
            entries, pages = await self._page(number, size)
            found = [one for one in map(record, entries) if one and one.target_id not in seen]
            if found:
                yield found
            seen.update(one.target_id for one in found)
            number += 1
            if not found or (pages is not None and number >= pages):
                return

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee, active or not."""
        raw = await self._employee(target_id)
        return None if raw is None else record(raw)

    async def create(self, prepared: Prepared) -> Outcome:
        """Create the employee under the id we chose."""
        answer = await self._client.post(EMPLOYEES, [body(prepared.values)])
        answers.must_be_there(answer)
        return answers.written(answer, prepared.external_id) if answer.ok else answers.refused(answer, prepared)

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Send the whole employee with our values in it: whether iPayroll keeps what is not sent is not documented.

        The employee is read just before, whatever ``current`` says: it may be from long ago, and what somebody
        changed in payroll since then must not be undone.
        """
        raw = await self._employee(target_id)
        if raw is None:
            return answers.not_found()
        ours = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        answer = await self._client.put(_path(target_id), merged(raw, ours))
        return answers.written(answer, target_id) if answer.ok else answers.refused(answer, prepared)

    async def _employee(self, target_id: str) -> Json | None:
        if target_id in {"", ".", ".."}:  # would lead to another address
            return None
        answer = await self._client.get(_path(target_id))
        if answer.status == 404:
            return None
        answers.must_be_allowed(answer)
        shown = answers.employees_in(answer.data) if answer.ok else ()
        if not shown or not text(shown[0].get("employeeId")):
            raise TemporaryError(f"iPayroll did not show an employee: {answers.words(answer)}")
        return shown[0]

    async def _page(self, number: int, size: int) -> tuple[Sequence[Json], int | None]:
        answer = await self._client.get(EMPLOYEES, {"page": number, "size": size})
        answers.must_be_allowed(answer)
        answers.must_be_there(answer)
        if not answer.ok:
            raise TemporaryError(f"iPayroll did not list its employees: {answers.words(answer)}")
        entries = answer.data.get("content") if isinstance(answer.data, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise TemporaryError("iPayroll listed its employees in a form iHUB does not understand. Try again later.")
        page = answer.data.get("page")
        total = page.get("totalPages") if isinstance(page, dict) else None
        return entries, total if isinstance(total, int) else None


def _path(target_id: str) -> str:
    return f"{EMPLOYEES}/{quote(target_id, safe='')}"
