"""A payroll as a company has it, and the one that a file describes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.proofs import descriptions
from bench.proofs.details import Details
from bench.proofs.listing import Json, Listing
from bench.proofs.web import Answer, Web
from connectors.contract.connector import Connector
from connectors.contract.protocols import Target
from connectors.http.pacing import Unpaced
from connectors.http.retry import Retry

QUICK = Retry(first_wait=0.01, tries=3)


class Header:
    """Authorises every request with the same header."""

    def __init__(self, value: str = "none") -> None:
        self._value = value

    async def headers(self) -> Mapping[str, str]:
        """Return the header."""
        return {"Authorization": self._value}

    async def renew(self) -> None:
        """Do nothing: the header never expires."""

    async def refused(self, reason: str) -> None:
        """Do nothing."""


class Payroll(ABC):
    """One payroll; its employees can be seen and changed behind iHUB's back."""

    # Whether it stores employee numbers, and whether its ids are these numbers.
    numbered, ids_are_numbers = True, False
    # Why the answers to creates of certain people are odd, by what identifies them; one answer each.
    odd: dict[str, str]

    def __init__(self, web: Web) -> None:
        self._web = web
        self.odd = {}

    @abstractmethod
    def connector(self) -> Connector:
        """Return its registry entry."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Return the settings of its side."""

    @abstractmethod
    def authorisation(self) -> str:
        """Return what its requests are authorised with."""

    @abstractmethod
    def enter(self, details: Details) -> str:
        """Enter an employee by hand; return the id."""

    @abstractmethod
    def read(self) -> dict[str, Details]:
        """Return everybody by id."""

    @abstractmethod
    def edit(self, target_id: str, details: Details) -> None:
        """Enter something else over an employee."""

    @abstractmethod
    def remove(self, target_id: str) -> None:
        """Delete an employee."""

    @property
    @abstractmethod
    def writes(self) -> int:
        """Return how many creates and updates it has carried out for iHUB."""

    def lists(self, details: Details) -> bool:
        """Say whether it lists this employee."""
        return True

    def open(self) -> Target:
        """Return it as a target."""
        entry = self.connector()
        settings = entry.settings.model_validate(self.settings())
        if entry.target is None:
            raise LookupError(f"{entry.name} is not a target.")
        target: Target = entry.target(settings, Header(self.authorisation()), pacer=Unpaced(), retry=QUICK)
        return target


class DescribedPayroll(Payroll):
    """A payroll that a file describes."""

    ODD = ("without id", "wrapped", "accepted", "lost", "failed after", "refused with 200", "error with 200")

    def __init__(self, web: Web, paging: str, *, numbered: bool) -> None:
        super().__init__(web)
        self._paging, self.numbered = paging, numbered
        self._people: dict[str, Json] = {}
        self._next, self._writes = 100, 0
        self.listing = Listing(paging, lambda: list(self._people.values()), f"{web.url}/pay")
        web.described["pay"] = self

    def connector(self) -> Connector:
        """Return its registry entry."""
        return descriptions.payroll(self._paging, numbered=self.numbered)

    def settings(self) -> dict[str, Any]:
        """Return the settings of its side."""
        return {"url": f"{self._web.url}/pay"}

    def authorisation(self) -> str:
        """Return what its requests are authorised with."""
        return "none"

    def enter(self, details: Details) -> str:
        """Enter an employee by hand; return the id."""
        target_id, self._next = str(self._next), self._next + 1
        self._people[target_id] = {"id": target_id} | _described(details)
        return target_id

    def read(self) -> dict[str, Details]:
        """Return everybody by id."""
        return {
            target_id: Details(
                **{kind: entry.get(name) for kind, name in _NAMES.items()},
                status="",
            )
            for target_id, entry in self._people.items()
        }

    def edit(self, target_id: str, details: Details) -> None:
        """Enter something else over an employee."""
        self._people[target_id] = {"id": target_id} | _described(details)

    def remove(self, target_id: str) -> None:
        """Delete an employee."""
        del self._people[target_id]

    @property
    def writes(self) -> int:
        """Return how many creates and updates it has carried out for iHUB."""
        return self._writes

    def answer(self, method: str, path: str, query: Mapping[str, str], sent: Any) -> Answer:
        """Answer one request."""
        if path == "/me":
            return Answer(200, {"number": 1})
        if path == "/people":
            return self.listing.answer(query) if method == "GET" else self._create(sent)
        if path.startswith("/people/number/"):
            number = path.rpartition("/")[2]
            entry = next((each for each in self._people.values() if each.get("number") == number), None)
        else:
            entry = self._people.get(path.rpartition("/")[2])
        if entry is None:
            return Answer(404)
        if method != "GET":
            self._writes += 1
            entry |= sent
        return Answer(200, entry)

    def _create(self, sent: Json) -> Answer:
        odd = self.odd.pop(str(sent.get("account")), None)
        if odd in NOTHING_DONE:
            return Answer(200, NOTHING_DONE[odd])
        self._writes += 1
        target_id, self._next = str(self._next), self._next + 1
        self._people[target_id] = entry = {"id": target_id} | sent
        return {
            "without id": Answer(200, {"success": True}),
            "wrapped": Answer(200, {"data": entry}),
            "accepted": Answer(202, {"jobId": 7}),
            "lost": Answer(None),
            "failed after": Answer(500, {"wrong": "Something went wrong."}),
        }.get(str(odd), Answer(201, entry))


# Answers to a create that was not carried out.
NOTHING_DONE = {
    "refused with 200": {"success": False, "wrong": "The pay run is open."},
    "error with 200": {"status": "ERROR", "id": None},
}
_NAMES = {
    "number": "number",
    "given": "given",
    "surname": "family",
    "preferred": "nick",
    "born": "born",
    "gender": "sex",
    "email": "mail",
    "mobile": "mobile",
    "street": "street",
    "postcode": "code",
    "start": "since",
    "end": "until",
    "tax": "tax",
    "bsb": "bsb",
    "account": "account",
}


def _described(details: Details) -> Json:
    values = asdict(details)
    return {name: values[kind] for kind, name in _NAMES.items()}
