"""Read employees from enableHR: summaries by cursor, then the details of those that changed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self
from urllib.parse import quote

from connectors.concurrency import gather, gather_missing
from connectors.contract.employee import Employee
from connectors.contract.errors import TemporaryError
from connectors.contract.protocols import Authoriser, Organisation, Remembered
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from connectors.enablehr import accounts
from connectors.enablehr.employees import Payroll, employee, name_of
from connectors.enablehr.moments import same, settled
from connectors.enablehr.pages import pages
from connectors.enablehr.parts import MalformedError, mapping
from connectors.enablehr.problems import words
from connectors.enablehr.settings import EnableHrSettings
from connectors.http.circuit_breaker import CircuitBreaker
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer, Pacer
from connectors.http.retry import Retry

_ID = re.compile(r"\w[\w.-]*")

Json = Mapping[str, Any]


class EnableHr:
    """One enableHR account as a source of employees."""

    def __init__(
        self,
        settings: EnableHrSettings,
        authoriser: Authoriser,
        *,
        pacer: Pacer | None = None,
        retry: Retry | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the side's settings; nothing is opened yet."""
        self._settings = settings
        self._now = now
        self._account = settings.account_id
        self._breaker = CircuitBreaker()
        pacer = pacer or LocalPacer(settings.requests_per_second)
        self._client = Client("enableHR", settings.api_url, authoriser, pacer, retry=retry)

    async def __aenter__(self) -> Self:
        """Open the connections to enableHR."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.__aexit__(*exc)

    async def check(self) -> Organisation:
        """Say which account the sign-in opens."""
        return await accounts.organisation(self._client, self._settings.account_id)

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time; those whose mark is remembered without details."""
        path = f"{await self._base()}/employees"
        async for nodes in pages(self._client, path, self._settings.page_size):
            marks = remembered([node["id"] for node in nodes]) if remembered else {}
            yield await gather_missing(nodes, partial(_unchanged, marks), self._record)

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee with all details."""
        if not _ID.fullmatch(source_id):  # typed by a person; would lead to another address
            return None
        answer = await self._client.get(await self._employee_path(source_id))
        if answer.status == 404:
            return None
        detail = answer.data if isinstance(answer.data, dict) else {}
        mark = settled(_mark(detail), self._now())
        return await self._detailed(source_id, name_of(detail), mark, detail if answer.ok else words(answer))

    async def _record(self, node: Json) -> SourceRecord:
        source_id, name, mark = node["id"], name_of(node), settled(_mark(node), self._now())

        def failed(error: TemporaryError) -> SourceRecord:
            return _unreadable(source_id, name, mark, f"enableHR did not give the details: {error}")

        return await self._breaker.call(self._read_details(source_id, name, mark), failed)

    async def _read_details(self, source_id: str, name: str, mark: str | None) -> SourceRecord:
        answer = await self._client.get(await self._employee_path(source_id))
        if answer.status == 404:
            return _unreadable(
                source_id, name, mark, "enableHR lists this employee but does not give the details."
            )
        return await self._detailed(source_id, name, mark, answer.data if answer.ok else words(answer))

    async def _detailed(self, source_id: str, name: str, mark: str | None, detail: Any) -> SourceRecord:
        if isinstance(detail, str):
            return _unreadable(source_id, name, mark, f"enableHR did not give the details: {detail}")
        try:
            found = await self._employee(source_id, mapping(detail, "the employee"))
        except MalformedError as error:
            return _unreadable(
                source_id,
                name,
                mark,
                f"enableHR gave something iHUB cannot read in {error}. Correct it there.",
            )
        return SourceRecord(source_id, found.display_name or name, found, mark)

    async def _employee(self, source_id: str, detail: Json) -> Employee:
        if str(detail.get("id") or source_id) != source_id or not detail:
            raise MalformedError("the employee's id")
        wanted = self._settings
        bank, tax, retirement = await gather(
            [
                self._half(source_id, "bank-accounts", wanted.read_bank),
                self._half(source_id, "tax-details", wanted.read_tax),
                self._half(source_id, "retirement-savings", wanted.read_super),
            ]
        )
        return employee(detail, Payroll(bank, tax, retirement))

    async def _half(self, source_id: str, what: str, wanted: bool) -> Json:
        if not wanted:
            return {}
        answer = await self._client.get(f"{await self._employee_path(source_id)}/{what}")
        if answer.status == 404:  # nothing entered, or not ours: the employee itself was given to us
            return {}
        if not answer.ok:
            raise MalformedError(f"{what} ({words(answer)})")
        return mapping(answer.data, what)

    async def _base(self) -> str:
        if not self._account:
            self._account = await accounts.first(self._client)
        return f"/accounts/{quote(self._account, safe='')}"

    async def _employee_path(self, source_id: str) -> str:
        return f"{await self._base()}/employees/{quote(source_id, safe='')}"


def _unchanged(remembered: Mapping[str, str], node: Json) -> SourceRecord | None:
    """Return what is to be said of somebody whose mark is remembered; None where the details have to be read."""
    mark = _mark(node)
    if not same(mark, remembered.get(node["id"])):
        return None
    return SourceRecord(node["id"], name_of(node), None, mark, unchanged=True)


def _mark(node: Json) -> str | None:
    mark = node.get("dateUpdatedUTC")
    return mark if isinstance(mark, str) and mark else None


def _unreadable(source_id: str, name: str, mark: str | None, message: str) -> SourceRecord:
    problem = Problem(Reason.UNREADABLE, message, verdict=Verdict.ERROR)
    return SourceRecord(source_id, name, None, mark, problem=problem)
