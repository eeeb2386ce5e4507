"""The source and target of the bench: small connectors over the HTTP client that all connectors use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
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
from core.sides.system_pair import SystemPair

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


class FixedHeader:
    """Authorises every request with the same header."""

    async def headers(self) -> Mapping[str, str]:
        """Return the header."""
        return {"Authorization": "Bearer bench"}

    async def renew(self) -> None:
        """Do nothing: the header never expires."""

    async def refused(self, reason: str) -> None:
        """Do nothing."""


def client(url: str, pacer: Pacer, concurrency: int) -> Client:
    """Return the HTTP client of a system."""
    return Client("The bench", url, FixedHeader(), pacer, concurrency=concurrency)


class _System:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def check(self) -> Organisation:
        """Return the organisation."""
        return Organisation("1", "Bench")

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.__aexit__(*exc)


class BenchSource(_System):
    """The employees of the fake server."""

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield the pages; employees whose source version is remembered come without details."""
        page = 0
        while people := (await self._client.get(f"/people?page={page}")).data:
            versions = remembered([person["id"] for person in people]) if remembered else {}
            yield [_record(person, versions) for person in people]
            page += 1

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Find no employee: the bench never looks one up."""
        return None


def _record(person: Mapping[str, Any], versions: Mapping[str, str]) -> SourceRecord:
    source_id, version = person["id"], person["updated"]
    name = f"{person['firstName']} {person['surname']}"
    if versions.get(source_id) == version:
        return SourceRecord(source_id, name, None, version, unchanged=True)
    return SourceRecord(source_id, name, _employee(person), version)


def _employee(person: Mapping[str, Any]) -> Employee:
    address, bank, fund = person["address"], person["bank"], person["super"]
    return Employee(
        first_name=person["firstName"],
        surname=person["surname"],
        employee_number=person["employeeNumber"],
        date_of_birth=date.fromisoformat(person["dateOfBirth"]),
        email=person["email"],
        phone=person["phone"],
        mobile=person["mobile"],
        address=Address(address["line1"], None, address["suburb"], address["state"], address["postcode"]),
        position=person["position"],
        branch=person["branch"],
        employment_type=person["type"],
        status=person["status"],
        start_date=date.fromisoformat(person["start"]),
        bank_accounts=(BankAccount(bank["name"], bank["number"], bank["bsb"]),),
        au_tax=AustralianTax(tfn=person["tfn"]),
        super_funds=(SuperFund("REGULATED", fund["fund"], None, fund["usi"], fund["member"]),),
    )


class BenchTarget(_System):
    """The payroll of the fake server, one request for each employee."""

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
            yield [_target_record(entry) for entry in entries]
            page += 1

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee of payroll."""
        response = await self._client.get(f"/payroll/{target_id}")
        return _target_record(response.data) if response.ok else None

    async def create(self, prepared: Prepared) -> Outcome:
        """Create an employee."""
        return Outcome((await self._client.post("/payroll", prepared.values)).data["id"])

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Replace an employee."""
        return Outcome((await self._client.put(f"/payroll/{target_id}", prepared.values)).data["id"])


class BatchTarget(BenchTarget):
    """The payroll of the fake server, a hundred employees in each request."""

    batch_size = BATCH

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create several employees at once."""
        response = await self._client.post("/payroll/batch", [each.values for each in prepared])
        return [Outcome(entry["id"]) for entry in response.data]


def _target_record(entry: Mapping[str, Any]) -> TargetRecord:
    values = dict(entry["employee"])
    for name in DATES:
        values[name] = date.fromisoformat(values[name])
    return TargetRecord(
        entry["id"], f"{values['givenNames']} {values['surname']}", values, values["externalId"]
    )


def fake_systems(
    url: str, pairing_id: int, *, concurrency: int, limit: float, batches: bool, listed: bool
) -> SystemPair:
    """Return both systems at the address of the fake server."""
    pacer = LocalPacer(limit) if limit else Unpaced()
    target = (BatchTarget if batches else BenchTarget)(client(url, pacer, concurrency))
    connector = Connector(
        "bench",
        "The bench",
        "A fake system.",
        SideSettings,
        SignIn(Authorisation.NONE),
        listing_is_cheap=listed,
    )
    return SystemPair(
        BenchSource(client(url, Unpaced(), concurrency)), target, connector, connector, pairing_id, ""
    )
