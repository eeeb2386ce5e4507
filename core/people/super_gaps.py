"""What is missing before super can be paid for an Australian employee: the kinds of gaps, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from connectors.contract.employee import FUND_ACCOUNT, Employee, SuperFund

# Tax file numbers that stand for none: not quoted, applied for, under 18, pensioner, cannot be stored (ATO).
NOT_QUOTED = frozenset({"000000000", "111111111", "333333333", "444444444", "987654321"})
PAYROLL_DETAILS = frozenset({"super_funds", "au_tax"})
SELF_MANAGED = "SMSF"


class SuperGap(StrEnum):
    """One thing that a fund needs and the source does not have. The values are stored."""

    FUND = "fund"
    USI = "usi"
    ABN = "abn"
    ESA = "esa"
    ACCOUNT = "account"
    MEMBER_NUMBER = "member"
    TFN = "tfn"
    # The source did not show super and tax, so that nothing can be said.
    UNREAD = "unread"
    # The source has no place for the bank account of a self-managed fund, so that only payroll can tell.
    ACCOUNT_ELSEWHERE = "account elsewhere"


def find_gaps(employee: Employee) -> Sequence[SuperGap] | None:
    """Return what is missing; None for somebody who is not paid in Australia."""
    is_elsewhere = employee.nz_tax is not None or employee.kiwisaver is not None
    if is_elsewhere:
        return None
    if employee.unread and not PAYROLL_DETAILS.isdisjoint(employee.unread):
        return (SuperGap.UNREAD,)
    gaps = [] if _is_quoted(employee) else [SuperGap.TFN]
    funds = employee.super_funds
    shows_account = FUND_ACCOUNT not in employee.not_offered
    return [*(_gaps_of(funds[0], shows_account=shows_account) if funds else [SuperGap.FUND]), *gaps]


def _gaps_of(fund: SuperFund, *, shows_account: bool) -> list[SuperGap]:
    needed: tuple[tuple[SuperGap, str | None], ...]
    if fund.type == SELF_MANAGED:
        account = SuperGap.ACCOUNT if shows_account else SuperGap.ACCOUNT_ELSEWHERE
        needed = ((SuperGap.ABN, fund.abn), (SuperGap.ESA, fund.esa), (account, fund.account_number))
    else:
        needed = ((SuperGap.USI, fund.usi), (SuperGap.MEMBER_NUMBER, fund.member_number))
    return [gap for gap, value in needed if not value]


def _is_quoted(employee: Employee) -> bool:
    number = (employee.au_tax and employee.au_tax.tfn) or ""
    return bool(number) and number.replace(" ", "") not in NOT_QUOTED
