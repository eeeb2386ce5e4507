"""The sandbox's iPayroll and Employment Hero Payroll as payrolls of a company."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.proofs.details import Details
from bench.proofs.listing import Json
from bench.proofs.payrolls import Payroll
from bench.proofs.web import Web
from connectors.contract.connector import Connector
from connectors.registry import connector_of
from core.clock import now
from sandbox.faults import Switches
from sandbox.keypay.keys import FIRST
from sandbox.oauth.endpoint import grant


class SandboxPayroll(Payroll):
    """A payroll of the sandbox."""

    ODD: tuple[str, ...] = ("lost", "failed after")
    NAMES: Mapping[str, str]
    SYSTEM: str
    ALWAYS: Mapping[str, Any]

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        system = web.world.systems[self.SYSTEM]
        system.switches = Switches()
        self._system = system
        self._started = system.counters.creates + system.counters.updates

    @property
    def writes(self) -> int:
        """Return how many creates and updates it has carried out for iHUB."""
        return self._system.counters.creates + self._system.counters.updates - self._started

    def be_odd(self, odd: str) -> None:
        """Answer the next create in an odd way."""
        if odd == "lost":
            self._system.switches = Switches(only_method="POST", answer_lost_next=1)
        else:
            self._system.switches = Switches(create_then_500=1)

    def _entry(self, details: Details) -> Json:
        values = asdict(details)
        known = {name: values[kind] for kind, name in self.NAMES.items() if values[kind] is not None}
        return {**self.ALWAYS, **known}

    def _details(self, entry: Json) -> Details:
        return Details(**{kind: entry.get(name) for kind, name in self.NAMES.items()}, status="")


class IPayroll(SandboxPayroll):
    """The sandbox's iPayroll: its ids are employee numbers, and it lists active employees only."""

    SYSTEM = "ipayroll"
    ids_are_numbers = True
    ALWAYS: Mapping[str, Any] = {"payFrequency": "Weekly", "fullTimeHoursWeek": 38}
    NAMES: Mapping[str, str] = {
        "given": "firstNames",
        "surname": "surname",
        "preferred": "preferredName",
        "born": "birthDate",
        "gender": "gender",
        "email": "email",
        "mobile": "phone",
        "start": "startDate",
        "end": "finishDate",
        "tax": "taxNumber",
        "account": "bankAccountNumber",
        "number": "employeeId",
    }

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        web.world.payroll.empty()

    def connector(self) -> Connector:
        """Return its registry entry."""
        return connector_of("ipayroll")

    def settings(self) -> dict[str, Any]:
        """Return the settings of its side."""
        return {"url": f"{self._web.url}/ipayroll", "page_size": 3}

    def authorisation(self) -> str:
        """Return what its requests are authorised with."""
        system = self._web.world.sign_ins["ipayroll"]
        return f"Bearer {grant(system, list(system.scopes))['access_token']}"

    def enter(self, details: Details) -> str:
        """Enter an employee by hand; return the id."""
        entry = self._filled(details)
        self._web.world.payroll.create([entry])
        return str(entry["employeeId"])

    def _filled(self, details: Details) -> Json:
        account = f"{details.bsb or ''}{details.account}".replace("-", "") if details.account else None
        address = {"addressLine1": details.street, "postCode": details.postcode, "country": "Australia"}
        return {**self._entry(details.changed(account=account)), "address": address}

    def read(self) -> dict[str, Details]:
        """Return everybody by id."""
        return {
            str(entry["employeeId"]): self._details(entry).changed(
                street=(entry.get("address") or {}).get("addressLine1"),
                postcode=(entry.get("address") or {}).get("postCode"),
            )
            for entry in self._web.world.payroll.everyone()
        }

    def edit(self, target_id: str, details: Details) -> None:
        """Enter something else over an employee."""
        self._web.world.payroll.update({**self._filled(details), "employeeId": target_id})

    def remove(self, target_id: str) -> None:
        """Delete an employee."""
        everyone = [each for each in self._web.world.payroll.everyone() if each["employeeId"] != target_id]
        self._web.world.payroll.empty()
        self._web.world.payroll.create(everyone)

    def lists(self, details: Details) -> bool:
        """Say whether it lists this employee."""
        return details.end is None or details.end >= now().date().isoformat()


class HeroPayroll(SandboxPayroll):
    """The sandbox's Employment Hero Payroll: it stores the id of the HR system, and no employee numbers."""

    SYSTEM = "keypay"
    numbered = False
    ODD = ("lost",)
    ALWAYS: Mapping[str, Any] = {"employmentType": "Full Time"}
    NAMES: Mapping[str, str] = {
        "given": "firstName",
        "surname": "surname",
        "preferred": "preferredName",
        "born": "dateOfBirth",
        "gender": "gender",
        "email": "emailAddress",
        "mobile": "mobilePhone",
        "start": "startDate",
        "end": "endDate",
        "tax": "taxFileNumber",
        "bsb": "bankAccount1_BSB",
        "account": "bankAccount1_AccountNumber",
        "street": "residentialStreetAddress",
        "postcode": "residentialPostCode",
    }

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        web.world.hero.empty()

    def connector(self) -> Connector:
        """Return its registry entry."""
        return connector_of("keypay")

    def settings(self) -> dict[str, Any]:
        """Return the settings of its side."""
        return {"url": f"{self._web.url}/keypay", "business_id": "4711", "page_size": 3}

    def authorisation(self) -> str:
        """Return what its requests are authorised with."""
        return f"Basic {base64.b64encode(f'{FIRST}:'.encode()).decode()}"

    def enter(self, details: Details) -> str:
        """Enter an employee by hand; return the id."""
        return str(self._web.world.hero.create(self._entry(details))["id"])

    def read(self) -> dict[str, Details]:
        """Return everybody by id."""
        return {str(entry["id"]): self._details(entry) for entry in self._web.world.hero.everyone()}

    def _entry(self, details: Details) -> Json:
        # A field without a value is shown as null there.
        blank = dict.fromkeys((*self.NAMES.values(), "bankAccount1_AccountName"))
        name = {"bankAccount1_AccountName": details.surname} if details.account else {}
        return {**blank, **super()._entry(details), **name}

    def edit(self, target_id: str, details: Details) -> None:
        """Enter something else over an employee."""
        self._web.world.hero.put({**self._entry(details), "id": int(target_id)})

    def remove(self, target_id: str) -> None:
        """Delete an employee."""
        everyone = [each for each in self._web.world.hero.everyone() if str(each["id"]) != target_id]
        self._web.world.hero.empty()
        for entry in everyone:
            self._web.world.hero.put(entry)
