"""Everything the sandbox holds, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sandbox.clock import Clock
from sandbox.enablehr.employees import Employees
from sandbox.ipayroll.employees import Payroll
from sandbox.oauth.tokens import Lifetimes, Tokens
from sandbox.people import invented
from sandbox.shelf import Shelf
from sandbox.switches import Counters, Switches

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
ACCOUNT_ID, ORGANISATION = "1001", "Harbour Foods Pty Ltd"
SECOND_ID, SECOND = "1002", "Harbour Fishing Pty Ltd"
_DAY = 24 * 60 * 60


@dataclass(slots=True)
class System:
    """One system: its name, who may sign in, its tokens, switches and counters."""

    name: str
    title: str
    scopes: tuple[str, ...]
    username: str
    password: str
    tokens: Tokens
    switches: Switches = field(default_factory=Switches)
    counters: Counters = field(default_factory=Counters)


def account_ids(system: System) -> list[str]:
    """Return the accounts a person may use at a system: a second one when the switch says so, with the same people."""
    return [ACCOUNT_ID, SECOND_ID] if system.switches.two_accounts else [ACCOUNT_ID]


class World:
    """The two systems and the people in them, kept in one file."""

    def __init__(self, file: Path | None = None, seed: int = 1, employees: int = 250) -> None:
        """Open the file; an empty one is filled with invented people."""
        self.shelf, self.clock = Shelf(file), Clock()
        self.employees = Employees(self.shelf, self.clock)
        self.payroll = Payroll(self.shelf, self.clock)
        self.systems = {"enablehr": self._enablehr(), "ipayroll": self._ipayroll()}
        about = self.shelf.read("world").get("about")
        self.seed: int = about["seed"] if about else seed
        if about is None:
            self.reset(seed, employees)

    def _enablehr(self) -> System:
        tokens = Tokens(self.shelf, self.clock, "enablehr", Lifetimes(30 * 60, 14 * _DAY, rotates=True))
        return System("enablehr", "enableHR", ENABLEHR_SCOPES, "hr.admin@example.com", "harbour-hr", tokens)

    def _ipayroll(self) -> System:
        tokens = Tokens(self.shelf, self.clock, "ipayroll", Lifetimes(60 * 60, 3650 * _DAY, rotates=False))
        return System("ipayroll", "iPayroll", IPAYROLL_SCOPES, "payroll.admin@example.com", "harbour-pay", tokens)

    def reset(self, seed: int, employees: int) -> None:
        """Start over with invented people and an empty payroll; tokens given out stay good."""
        self.seed, self.clock.ahead = seed, 0.0
        self.employees.replace_all(invented.invent(seed, employees, self.clock.today()))
        self.payroll.empty()
        self.shelf.put("world", "about", {"seed": seed})
        for system in self.systems.values():
            system.switches, system.counters = Switches(), Counters()

    def close(self) -> None:
        """Put the file down."""
        self.shelf.close()
