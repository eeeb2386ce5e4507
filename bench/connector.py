"""The engine's two ends in the bench: small connectors over the same HTTP client all connectors use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from bench.people import BATCH
from connectors.contract.connector import Authorisation, Connector, SideSettings, SignIn
from connectors.contract.employee import Address, AustralianTax, BankAccount, Employee, SuperFund
from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.contract.protocols import Organisation, Remembered
from connectors.contract.records import Outcome, Prepared, SourceRecord, TargetRecord
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer, Pacer, Unpaced

FIELDS = (
    Field("givenNames", "Given names", required=True, identity=Identity.GIVEN_NAMES),
    Field("surname", "Surname", required=True, identity=Identity.SURNAME),
    Field("birthDate", "Date of birth", FieldType.DATE, identity=Identity.BIRTH_DATE),
    Field("email", "E-mail", FieldType.EMAIL, identity=Identity.EMAIL),
    Field("phone", "Phone", FieldType.PHONE),
    Field("mobile", "Mobile", FieldType.PHONE),
    Field("postcode", "Postcode", identity=Identity.POSTCODE),
    Field("taxNumber", "Tax number", sensitive=True, identity=Identity.TAX_NUMBER),
    Field("startDate", "Start date", FieldType.DATE, required=True),
    Field("bankAccount", "Bank account", sensitive=True),
    *(
        Field(name, name)
        for name in ("externalId", "line1", "suburb", "state", "position", "branch", "employmentType")
    ),
    *(Field(name, name) for name in ("bankName", "bankBranch", "fund", "fundCode", "memberNumber")),
)
DATES = frozenset({"birthDate", "startDate"})


class Open:
    """Authorises with a fixed header."""

    async def headers(self) -> Mapping[str, str]:
        """Return the header."""
        return {"Authorization": "Bearer bench"}

    async def renew(self) -> None:
        """Do nothing: it never runs out."""

    async def refused(self, reason: str) -> None:
        """Note nothing."""


def client(url: str, pacer: Pacer, concurrency: int) -> Client:
    """Return the HTTP client of one end."""
    return Client("The bench", url, Open(), pacer, concurrency=concurrency)


class _End:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def check(self) -> Organisation:
        """Say whose data this is."""
        return Organisation("1", "Bench")

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.__aexit__(*exc)


class BenchSource(_End):
    """The stand-in's people."""

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield the pages; people whose mark is remembered come without details."""
        page = 0
        while people := (await self._client.get(f"/people?page={page}")).data:
            marks = remembered([one["id"] for one in people]) if remembered else {}
            yield [_record(one, marks) for one in people]
            page += 1

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Find nobody: the bench reads everybody."""
        return None


def _record(one: Mapping[str, Any], marks: Mapping[str, str]) -> SourceRecord:
    source_id, mark = one["id"], one["updated"]
    name = f"{one['firstName']} {one['surname']}"
    if marks.get(source_id) == mark:
        return SourceRecord(source_id, name, None, mark, unchanged=True)
    return SourceRecord(source_id, name, _employee(one), mark)


def _employee(one: Mapping[str, Any]) -> Employee:
    address, bank, fund = one["address"], one["bank"], one["super"]
    return Employee(
        first_name=one["firstName"],
        surname=one["surname"],
        employee_number=one["employeeNumber"],
        date_of_birth=date.fromisoformat(one["dateOfBirth"]),
        email=one["email"],
        phone=one["phone"],
        mobile=one["mobile"],
        address=Address(address["line1"], None, address["suburb"], address["state"], address["postcode"]),
        position=one["position"],
        branch=one["branch"],
        employment_type=one["type"],
        status=one["status"],
        start_date=date.fromisoformat(one["start"]),
        bank_accounts=(BankAccount(bank["name"], bank["number"], bank["bsb"]),),
        au_tax=AustralianTax(tfn=one["tfn"]),
        super_funds=(SuperFund("REGULATED", fund["fund"], None, fund["usi"], fund["member"]),),
    )


class BenchTarget(_End):
    """The stand-in's payroll, one request for each employee."""

    fields: Sequence[Field] = FIELDS

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee."""
        address, tax = employee.address or Address(), employee.au_tax or AustralianTax()
        bank, fund = employee.bank_accounts[0], employee.super_funds[0]
        values: dict[str, Value] = {
            "externalId": employee.employee_number,
            "givenNames": employee.first_name,
            "surname": employee.surname,
            "birthDate": employee.date_of_birth,
            "email": employee.email,
            "phone": employee.phone,
            "mobile": employee.mobile,
            "line1": address.line1,
            "suburb": address.suburb,
            "state": address.state,
            "postcode": address.postcode,
            "position": employee.position,
            "branch": employee.branch,
            "employmentType": employee.employment_type,
            "startDate": employee.start_date,
            "taxNumber": tax.tfn,
            "bankName": bank.name,
            "bankBranch": bank.bsb,
            "bankAccount": bank.number,
            "fund": fund.name,
            "fundCode": fund.usi,
            "memberNumber": fund.member_number,
        }
        return Prepared(values, employee.employee_number)

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield the pages of payroll."""
        page = 0
        while entries := (await self._client.get(f"/payroll?page={page}")).data:
            yield [_held(entry) for entry in entries]
            page += 1

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee of payroll."""
        answer = await self._client.get(f"/payroll/{target_id}")
        return _held(answer.data) if answer.ok else None

    async def create(self, prepared: Prepared) -> Outcome:
        """Create an employee."""
        return Outcome((await self._client.post("/payroll", prepared.values)).data["id"])

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Replace an employee."""
        return Outcome((await self._client.put(f"/payroll/{target_id}", prepared.values)).data["id"])


class BatchTarget(BenchTarget):
    """The stand-in's payroll, a hundred employees a request."""

    batch_size = BATCH

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create many at once."""
        answer = await self._client.post("/payroll/batch", [one.values for one in prepared])
        return [Outcome(entry["id"]) for entry in answer.data]


def _held(entry: Mapping[str, Any]) -> TargetRecord:
    values = dict(entry["employee"])
    for name in DATES:
        values[name] = date.fromisoformat(values[name])
    return TargetRecord(
        entry["id"], f"{values['givenNames']} {values['surname']}", values, values["externalId"]
    )


@dataclass(frozen=True)
class Ends:
    """Both ends, as the engine opens them."""

    source: BenchSource
    target: BenchTarget
    source_connector: Connector
    target_connector: Connector
    pairing_id: int
    basis: str = ""


def ends(url: str, pairing_id: int, *, concurrency: int, limit: float, batches: bool, listed: bool) -> Ends:
    """Open both ends at the stand-in's address."""
    pacer = LocalPacer(limit) if limit else Unpaced()
    target = (BatchTarget if batches else BenchTarget)(client(url, pacer, concurrency))
    entry = Connector(
        "bench", "The bench", "A stand-in.", SideSettings, SignIn(Authorisation.NONE), listing_is_cheap=listed
    )
    return Ends(BenchSource(client(url, Unpaced(), concurrency)), target, entry, entry, pairing_id)
