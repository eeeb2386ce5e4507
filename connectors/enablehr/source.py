"""Read employees from enableHR: a list of summaries, then the details of the employees who changed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.concurrency import gather, gather_missing
from connectors.contract.branches import Branch
from connectors.contract.employee import Employee
from connectors.contract.errors import TemporaryError
from connectors.contract.exchanges import FailedExchanges
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser, Organisation, Remembered
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from connectors.enablehr import accounts
from connectors.enablehr.branches import translate_branches
from connectors.enablehr.employees import Payroll, listed_name, translate_employee
from connectors.enablehr.error_text import error_text
from connectors.enablehr.json_values import MalformedError, json_object
from connectors.enablehr.paging import read_pages
from connectors.enablehr.settings import EnableHrSettings
from connectors.enablehr.source_version import is_same_version, settled_version
from connectors.http.circuit_breaker import CircuitBreaker
from connectors.http.client import Client
from connectors.http.client_session import ClientSession
from connectors.http.json_body import DamagedObject
from connectors.http.pacing import Pacer, local_pacer
from connectors.http.retry import Retry
from connectors.values.normalise import without_point

_ID = re.compile(r"\w[\w.-]*")

Json = Mapping[str, Any]
# What its paths are made of, apart from ids.
PATH_WORDS = frozenset(
    {"accounts", "employees", "branches", "bank-accounts", "tax-details", "retirement-savings"}
)
# In place of a payroll part that enableHR does not let us read.
REFUSED: Json = {"": "refused"}


class EnableHrSource(ClientSession):
    """One enableHR account as a source of employees."""

    def __init__(
        self,
        settings: EnableHrSettings,
        authoriser: Authoriser,
        *,
        pacer: Pacer | None = None,
        retry: Retry | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        locality: Locality | None = None,
    ) -> None:
        """Take the side's settings; nothing is opened yet."""
        pacer = pacer or local_pacer(settings.requests_per_second)
        super().__init__(
            Client(
                "enableHR",
                settings.api_url,
                authoriser,
                pacer,
                concurrency=settings.concurrency,
                retry=retry,
                path_words=lambda: PATH_WORDS,
            )
        )
        self._settings = settings
        self._now = now
        self._locality = locality or Locality()
        self._account_id = settings.account_id
        self._breaker = CircuitBreaker()

    async def check(self) -> Organisation:
        """Return which account the sign-in opens."""
        return await accounts.chosen_organisation(self._client, self._settings.account_id)

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time; those whose source version is remembered without details."""
        path = f"{await self._account_path()}/employees"
        async for nodes in read_pages(self._client, path, self._settings.page_size):
            versions = remembered([node["id"] for node in nodes]) if remembered else {}
            yield await gather_missing(nodes, partial(_unchanged, versions), self._record)

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee with all details."""
        if not _ID.fullmatch(source_id):  # a person typed it, and it would lead to another address
            return None
        response = await self._client.get(await self._employee_path(source_id))
        if response.status == 404:
            return None
        detail = response.data if isinstance(response.data, dict) else {}
        version = settled_version(_version(detail), self._now())
        return await self._detailed(
            source_id, listed_name(detail), version, detail if response.ok else error_text(response)
        )

    async def branches(self) -> Sequence[Branch]:
        """Read all branches of the account. Raises ConnectorError."""
        path = f"{await self._account_path()}/branches"
        pages = read_pages(self._client, path, self._settings.page_size, what="branches")
        return translate_branches([node async for nodes in pages for node in nodes])

    async def _record(self, node: Json) -> SourceRecord:
        source_id, name, version = node["id"], listed_name(node), settled_version(_version(node), self._now())

        def failed(error: TemporaryError) -> SourceRecord:
            return _unreadable(source_id, name, version, f"enableHR did not give the details: {error}")

        with FailedExchanges() as refused:
            record = await self._breaker.call(self._read_details(source_id, name, version), failed)
        if record.problem is not None or refused.are_notable:
            record.requests = refused
        return record

    async def _read_details(self, source_id: str, name: str, version: str | None) -> SourceRecord:
        response = await self._client.get(await self._employee_path(source_id))
        if response.status == 404:
            return _unreadable(
                source_id, name, version, "enableHR lists this employee but does not give the details."
            )
        return await self._detailed(
            source_id, name, version, response.data if response.ok else error_text(response)
        )

    async def _detailed(self, source_id: str, name: str, version: str | None, detail: Any) -> SourceRecord:
        """Return the record of an employee from the details, or from a text that says why there are none."""
        if isinstance(detail, str):
            return _unreadable(source_id, name, version, f"enableHR did not give the details: {detail}")
        try:
            employee = await self._employee(source_id, _undamaged(json_object(detail, "the employee")))
        except MalformedError as error:
            message = f"enableHR gave something iHUB cannot read in {error}. Correct it there."
            return _unreadable(source_id, name, version, message)
        # The day of an end date that is still to come brings no new version.
        version = None if employee.ends_by_date else version
        return SourceRecord(source_id, employee.display_name or name, employee, version)

    async def _employee(self, source_id: str, detail: Json) -> Employee:
        if str(without_point(detail.get("id")) or source_id) != source_id or not detail:
            raise MalformedError("the employee's id")
        settings = self._settings
        bank, tax, retirement = await gather(
            [
                self._payroll_part(source_id, "bank-accounts", settings.read_bank),
                self._payroll_part(source_id, "tax-details", settings.read_tax),
                self._payroll_part(source_id, "retirement-savings", settings.read_super),
            ]
        )
        refused = any(part is REFUSED for part in (bank, tax, retirement))
        bank, tax, retirement = (None if part is REFUSED else part for part in (bank, tax, retirement))
        return translate_employee(detail, Payroll(bank, tax, retirement, refused), self._locality)

    async def _payroll_part(self, source_id: str, part: str, enabled: bool) -> Json | None:
        """Return a payroll part; None or REFUSED when it was not read, so that nobody takes it for blank."""
        if not enabled:
            return None
        response = await self._client.get(f"{await self._employee_path(source_id)}/{part}")
        if (
            response.status == 404
        ):  # nothing was entered, or we may not read it: the employee itself was found
            return None
        if response.status == 403:
            return REFUSED
        if not response.ok:
            raise MalformedError(f"{part} ({error_text(response)})")
        return _undamaged(json_object(response.data, part))

    async def _account_path(self) -> str:
        if not self._account_id:
            self._account_id = await accounts.first_account_id(self._client)
        return f"/accounts/{quote(self._account_id, safe='')}"

    async def _employee_path(self, source_id: str) -> str:
        return f"{await self._account_path()}/employees/{quote(source_id, safe='')}"


def _unchanged(remembered: Mapping[str, str], node: Json) -> SourceRecord | None:
    """Return the record of an employee whose source version is remembered; None where the details have to be read."""
    version = _version(node)
    if not is_same_version(version, remembered.get(node["id"])):
        return None
    return SourceRecord(node["id"], listed_name(node), None, version, unchanged=True)


def _undamaged(data: Json) -> Json:
    """Return an object of a response. Raises MalformedError when it holds a value that nobody can read."""
    if isinstance(data, DamagedObject):
        raise MalformedError(data.field)
    return data


def _version(node: Json) -> str | None:
    version = node.get("dateUpdatedUTC")
    return version if isinstance(version, str) and version else None


def _unreadable(source_id: str, name: str, version: str | None, message: str) -> SourceRecord:
    problem = Problem(Reason.UNREADABLE, message, verdict=Verdict.ERROR)
    return SourceRecord(source_id, name, None, version, problem=problem)
