"""How long an account keeps what runs leave behind."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from core.audit import trail
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Account
from core.security.actor import Actor, Permission, require_everywhere

# Payroll has to be explained for years; what happened to one employee, and each request, for less.
LEAST_COUNTER_MONTHS, MOST_COUNTER_MONTHS = 12, 240
MOST_REQUEST_DAYS = 365
MONTH = timedelta(days=365.25 / 12)


@dataclass(frozen=True, slots=True)
class Periods:
    """How long an account keeps the counters of runs, the employees of runs, and the requests that runs made."""

    counter_months: int = 84
    row_months: int = 13
    request_days: int = 30


LABELS = {
    "counter_months": "Months of counters",
    "row_months": "Months of employees of runs",
    "request_days": "Days of requests",
}


def read_periods(actor: Actor, account_id: int) -> Periods:
    """Return how long an account keeps what runs leave behind. Raises NotFoundError, ForbiddenError."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with reading() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotFoundError("There is no such account.")
        return of_account(account)


def of_account(account: Account) -> Periods:
    """Return the periods of an account that was read."""
    return Periods(account.keep_counter_months, account.keep_row_months, account.keep_request_days)


def save_periods(actor: Actor, account_id: int, periods: Periods) -> None:
    """Change how long an account keeps what runs leave behind; what is older is removed soon after.

    Raises InvalidError, NotFoundError, ForbiddenError.
    """
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    _check(periods)
    with transaction() as session:
        account = session.get(Account, account_id, with_for_update=True)
        if account is None:
            raise NotFoundError("There is no such account.")
        before, after = asdict(of_account(account)), asdict(periods)
        account.keep_counter_months = periods.counter_months
        account.keep_row_months = periods.row_months
        account.keep_request_days = periods.request_days
        changes = [
            {"label": label, "before": before[name], "after": after[name]}
            for name, label in LABELS.items()
            if before[name] != after[name]
        ]
        if changes:
            trail.record(
                session,
                actor.within(account_id),
                "account.retention",
                f"account:{account_id}",
                changes=changes,
            )


def _check(periods: Periods) -> None:
    if not LEAST_COUNTER_MONTHS <= periods.counter_months <= MOST_COUNTER_MONTHS:
        raise InvalidError(
            f"Counters are kept for {LEAST_COUNTER_MONTHS} to {MOST_COUNTER_MONTHS} months. Enter another number."
        )
    if not 1 <= periods.row_months <= periods.counter_months:
        raise InvalidError(
            "Employees of runs are kept for at least one month, and not longer than the counters of their runs."
        )
    if not 1 <= periods.request_days <= MOST_REQUEST_DAYS:
        raise InvalidError(f"Requests are kept for 1 to {MOST_REQUEST_DAYS} days. Enter another number.")
