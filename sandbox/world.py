"""Everything the sandbox holds, in one place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.choice_lists import ChoiceLists
from sandbox.clock import Clock
from sandbox.document_store import DocumentStore
from sandbox.enablehr.actions import Actions
from sandbox.enablehr.employees import Employees
from sandbox.faults import Counters, Switches
from sandbox.ipayroll.employees import PayrollEmployees
from sandbox.keypay.employees import HeroEmployees
from sandbox.keypay.keys import Keys
from sandbox.oauth.tokens import Lifetimes, Tokens
from sandbox.people import invented
from sandbox.xero.employees import XeroEmployees

ENABLEHR_SCOPES = (
    "read:accounts",
    "read:accounts:referencedata",
    "read:employees",
    "manage:employees",
    "read:employees:payroll",
    "manage:employees:payroll",
    "offline_access",
)
IPAYROLL_SCOPES = ("employees", "payrates", "customfields", "costcentres")
XERO_SCOPES = ("payroll.employees", "payroll.settings", "offline_access")
ACCOUNT_ID, ORGANISATION = "1001", "Harbour Foods Pty Ltd"
SECOND_ID, SECOND = "1002", "Harbour Fishing Pty Ltd"
# The businesses in Employment Hero Payroll. The key opens the first, or both when a switch is on.
BUSINESSES = (("4711", ORGANISATION), ("4712", SECOND))
# The organisations at Xero, of which the person who signs in opens the first, or both when a switch is on.
TENANTS = (
    {
        "id": "e1eede29-f875-4a5d-8470-17f6a29a88b1",
        "tenantId": "70784a63-d24b-46a9-a4db-0e70a274b056",
        "tenantType": "ORGANISATION",
        "tenantName": ORGANISATION,
    },
    {
        "id": "32587c85-a9b3-4306-ac30-b416e8f2c841",
        "tenantId": "e0da6937-de07-4a14-adee-37abfac298ce",
        "tenantType": "ORGANISATION",
        "tenantName": SECOND,
    },
)
_DAY = 24 * 60 * 60


@dataclass(slots=True, kw_only=True)
class System(ABC):
    """One system: its name, switches and counters."""

    name: str
    title: str
    switches: Switches = field(default_factory=Switches)
    counters: Counters = field(default_factory=Counters)

    @abstractmethod
    def revoke_access(self) -> None:
        """Revoke all access given so far."""


@dataclass(slots=True, kw_only=True)
class SignInSystem(System):
    """A system that people sign in to, with its user and its tokens."""

    scopes: tuple[str, ...]
    username: str
    password: str
    tokens: Tokens

    def revoke_access(self) -> None:
        """Revoke all tokens."""
        self.tokens.revoke_all()


@dataclass(slots=True, kw_only=True)
class KeySystem(System):
    """A system that accepts an API key."""

    keys: Keys

    def revoke_access(self) -> None:
        """Replace the key."""
        self.keys.replace()


def account_ids(system: System) -> list[str]:
    """Return the accounts a person may use in a system; a switch adds a second one with the same people."""
    return [ACCOUNT_ID, SECOND_ID] if system.switches.two_accounts else [ACCOUNT_ID]


class World:
    """The systems and the people in them, stored in one file."""

    def __init__(self, file: Path | None = None, seed: int = 1, employees: int = 250) -> None:
        """Open the file and fill an empty one with invented people."""
        self.store, self.clock = DocumentStore(file), Clock()
        self.employees = Employees(self.store, self.clock)
        self.actions = Actions(self.store, self.clock, self.employees)
        self.payroll = PayrollEmployees(self.store, self.clock)
        self.hero, self.xero = HeroEmployees(self.store), XeroEmployees(self.store)
        self.choice_lists = ChoiceLists(self.store)
        self.sign_ins = {"enablehr": self._enablehr(), "ipayroll": self._ipayroll(), "xero": self._xero()}
        self.keypay = KeySystem(name="keypay", title="Employment Hero Payroll", keys=Keys(self.store))
        self.systems: dict[str, System] = {**self.sign_ins, "keypay": self.keypay}
        about = self.store.read("world").get("about")
        self.seed: int = about["seed"] if about else seed
        if about is None:
            self.reset(seed, employees)

    def _enablehr(self) -> SignInSystem:
        return SignInSystem(
            name="enablehr",
            title="enableHR",
            scopes=ENABLEHR_SCOPES,
            username="hr.admin@example.com",
            password="harbour-hr",  # noqa: S106 - of the sandbox, and printed on its pages
            tokens=Tokens(self.store, self.clock, "enablehr", Lifetimes(30 * 60, 14 * _DAY, rotates=True)),
        )

    def _ipayroll(self) -> SignInSystem:
        return SignInSystem(
            name="ipayroll",
            title="iPayroll",
            scopes=IPAYROLL_SCOPES,
            username="payroll.admin@example.com",
            password="harbour-pay",  # noqa: S106 - of the sandbox, and printed on its pages
            tokens=Tokens(self.store, self.clock, "ipayroll", Lifetimes(60 * 60, 3650 * _DAY, rotates=False)),
        )

    def _xero(self) -> SignInSystem:
        return SignInSystem(
            name="xero",
            title="Xero",
            scopes=XERO_SCOPES,
            username="xero.admin@example.com",
            password="harbour-xero",  # noqa: S106 - of the sandbox, and printed on its pages
            tokens=Tokens(self.store, self.clock, "xero", Lifetimes(30 * 60, 60 * _DAY, rotates=True)),
        )

    def reset(self, seed: int, employees: int) -> None:
        """Start again with invented people and an empty payroll; tokens and keys stay valid."""
        self.seed, self.clock.ahead = seed, 0.0
        self.employees.replace_all(invented.invent_people(seed, employees, self.clock.today()))
        self.actions.clear()
        self.payroll.empty()
        self.hero.empty()
        self.xero.empty()
        self.choice_lists.reset()
        self.store.put("world", "about", {"seed": seed})
        for system in self.systems.values():
            system.switches, system.counters = Switches(), Counters()

    def close(self) -> None:
        """Close the file."""
        self.store.close()
