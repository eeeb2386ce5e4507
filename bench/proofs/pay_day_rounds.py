"""A pay day of one company: what happens to people before the cut-off, and whether the forecast said who misses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from unittest.mock import patch

from bench.proofs.checks import Violation
from bench.proofs.company import Case, Company
from bench.proofs.details import Details, Status, plain
from bench.proofs.scopes import hold
from bench.proofs.snapshot import Entry, Snapshot
from core.clock import now
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.pay_days.who_misses import facts, forecast
from core.pay_days.who_misses.misses import Miss, MissKind
from core.security.actor import OPERATOR

PAY_DETAILS = ("tax", "bsb", "account", "start")
# The details of a company do not have the name of an account.
NOT_COMPARED = ": Bank account name"
# Each has a case of its own: no two companies invent the same people.
INDEX = 60
KNOWN = (Status.CURRENT, Status.TERMINATED)


class PayDayRound:
    """People who are hired and changed before one pay day; the same seed makes the same."""

    def __init__(self, company: Company, connection_id: int) -> None:
        self._company, self._connection_id = company, connection_id
        self._case = Case(company, INDEX, "pay day")
        self._hired: list[str] = []
        self.paid_on = date.max
        # The forecast said that the newest run could not continue, so that those never read are not known.
        self.says_stopped = False

    def hire(self) -> None:
        """Add people, and the pay calendar of the connection."""
        today = stored.get(OPERATOR, self._connection_id).today
        anchor = today + timedelta(days=self._case.random.randint(10, 16))
        calendar = PayCalendar(Frequency.WEEKLY, anchor, region="AU-QLD")
        stored.save(OPERATOR, self._connection_id, calendar, 0)
        self._hired = [self._case.hire(self._case.person()) for _ in range(self._case.random.randint(3, 6))]

    def happen(self) -> None:
        """Change some of them in HR and in payroll, and hire more: each in one of the ways that a pay can be missed."""
        acts: tuple[Callable[[str], None], ...] = (
            self._no_surname_and_another_account,
            self._no_surname_and_another_mobile,
            self._on_hold_with_another_account,
            self._on_hold,
            self._account_changed_in_payroll,
            self._another_account,
            self._leaves,
        )
        for source_id in self._hired:
            act = self._case.random.choice(acts)
            self._company.tell(f"  pay day: HR {source_id}: {act.__name__.strip('_').replace('_', ' ')}")
            act(source_id)
        today = now().date()
        for changes in (
            {},
            {"surname": None},
            {"start": (today + timedelta(days=70)).isoformat()},
            {"given": ""},
        ):
            if self._case.random.random() < 0.6:
                source_id = self._case.hire(self._case.person(), **changes)
                if self._case.random.random() < 0.3:
                    hold(self._connection_id, source_id)

    def put_right(self) -> str | None:
        """Give a person who has no surname theirs back; return the source id."""
        for source_id, employee in self._company.hr.employees.items():
            if employee.details.surname is None and employee.person.truth.surname:
                self._case.change(source_id, surname=employee.person.truth.surname)
                return source_id
        return None

    def said(self) -> dict[str, Miss]:
        """Return what the forecast says of people, by source id."""
        # The payroll of a company is not in the catalogue.
        with patch.object(facts, "connector_of", lambda _kind: self._company.payroll.connector()):
            found = forecast.forecast(OPERATOR, self._connection_id)
        if found.pay is not None:
            self.paid_on = found.pay.paid_on
        self.says_stopped = found.stopped is not None
        return {row.source_id: row for row in found.rows}

    def _account(self, source_id: str) -> None:
        account = f"{self._case.random.randint(10**7, 10**8 - 1)}"
        self._case.change(source_id, account=account)

    def _another_account(self, source_id: str) -> None:
        self._account(source_id)

    def _no_surname_and_another_account(self, source_id: str) -> None:
        self._account(source_id)
        self._case.change(source_id, surname=None)

    def _no_surname_and_another_mobile(self, source_id: str) -> None:
        self._case.change(source_id, surname=None, mobile="0412 000 999")

    def _on_hold(self, source_id: str) -> None:
        hold(self._connection_id, source_id)

    def _on_hold_with_another_account(self, source_id: str) -> None:
        self._account(source_id)
        hold(self._connection_id, source_id)

    def _account_changed_in_payroll(self, source_id: str) -> None:
        person = self._company.hr.employees[source_id].person
        for target_id, owner in list(self._company.owners.items()):
            if owner is person and target_id in self._company.payroll.read():
                self._case.rewrite(target_id, person, account="87654321")

    def _leaves(self, source_id: str) -> None:
        ended = (now().date() - timedelta(days=2)).isoformat()
        self._case.change(source_id, status=Status.TERMINATED, end=ended)


def check(
    said: dict[str, Miss], at_cut_off: Snapshot, paid_on: date, not_known: AbstractSet[str] = frozenset()
) -> Iterator[Violation]:
    """Check that each predicted miss is one, and that none is unpredicted.

    ``not_known`` are those no run has ever read, where the forecast said that the newest could not continue.
    """
    for source_id, entry in at_cut_off.entries.items():
        if entry.listed_twice or entry.details.status not in KNOWN:
            continue
        if source_id in said and said[source_id].reason.endswith(NOT_COMPARED):
            continue
        if source_id not in said and source_id in not_known:
            continue
        kind = said[source_id].kind if source_id in said else None
        real = _real(entry, at_cut_off, paid_on)
        if kind not in ALLOWED[real]:
            why = said[source_id].reason if source_id in said else "nothing"
            yield Violation("pay day", f"HR {source_id} {real} at the cut-off, and the forecast said {why}")


MISSES, WRONG, RIGHT, UNLINKED = "misses the pay", "is paid wrong", "is paid right", "is there without a link"
ALLOWED: dict[str, tuple[MissKind | None, ...]] = {
    MISSES: (MissKind.MISSES, MissKind.UNSURE),
    WRONG: (MissKind.WRONG, MissKind.UNSURE),
    RIGHT: (None, MissKind.UNSURE),
    UNLINKED: (MissKind.UNSURE,),
}


def _real(entry: Entry, at_cut_off: Snapshot, paid_on: date) -> str:
    """Return what really happens to somebody."""
    target_id = at_cut_off.links.get(entry.source_id)
    if target_id is not None:
        record = at_cut_off.target.get(target_id)
        return MISSES if record is None else WRONG if _differs(entry.details, record) else RIGHT
    has_started = entry.details.start is None or entry.details.start <= paid_on.isoformat()
    if entry.details.status != Status.CURRENT or not has_started:
        return RIGHT
    return UNLINKED if at_cut_off.records_of(entry.person) else MISSES


def _differs(details: Details, record: Details) -> bool:
    kinds = (*PAY_DETAILS, *(("end",) if details.status == Status.TERMINATED else ()))
    return any(
        _shown(kind, getattr(details, kind)) != _shown(kind, getattr(record, kind))
        for kind in kinds
        if getattr(details, kind) is not None
        and getattr(record, kind) is not None
        and not _is_masked(details, kind)
    )


def _is_masked(details: Details, kind: str) -> bool:
    return "#" in getattr(details, kind)


def _shown(kind: str, value: str) -> str | None:
    """Return a value as both systems show it: payroll may add a time to a date."""
    return value[:10] if kind in ("start", "end") else plain(kind, value.replace("-", ""))
