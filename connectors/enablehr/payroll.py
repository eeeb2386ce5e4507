"""Translate enableHR's tax and retirement answers, each of which has an Australian and a New Zealand half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract.employee import AustralianTax, KiwiSaver, NewZealandTax, SuperFund
from connectors.enablehr.parts import day, flag, text

Json = Mapping[str, Any]
_STUDENT_LOANS = ("hecsSupported", "studentStartupLoan", "tradeLoanSupport", "financialSupplementDebt")


def au_tax(half: Json) -> AustralianTax | None:
    """Return the Australian tax declaration; None where nothing was declared."""
    loans = [flag(half, key) for key in _STUDENT_LOANS]
    declared = AustralianTax(
        tfn=text(half, "tfn"),
        exemption=text(half, "exemptType"),
        basis=text(half, "employmentBasis"),
        residency=text(half, "residencyStatus"),
        threshold_claimed=flag(half, "taxFreeThresholdClaimed"),
        study_loan=None if all(loan is None for loan in loans) else any(loans),
    )
    return None if declared == AustralianTax() else declared


def nz_tax(half: Json) -> NewZealandTax | None:
    """Return the New Zealand tax declaration; None where nothing was declared."""
    declared = NewZealandTax(
        ird=text(half, "irdNumber"),
        code=text(half, "taxCode"),
        student_loan_rate=text(half, "studentLoanPercentage"),
    )
    return None if declared == NewZealandTax() else declared


def super_fund(entry: Json) -> SuperFund:
    """Return one superannuation membership."""
    return SuperFund(
        type=text(entry, "type") or "",
        name=text(entry, "name") or "",
        abn=text(entry, "abn"),
        usi=text(entry, "usi"),
        member_number=text(entry, "memberNumber"),
        esa=text(entry, "esa"),
    )


def kiwisaver(half: Json) -> KiwiSaver | None:
    """Return the KiwiSaver membership; None where no status is given."""
    status = text(half, "status")
    if status is None:
        return None
    return KiwiSaver(
        status=status,
        employee_rate=text(half, "employeeContributionPercentage"),
        employer_rate=text(half, "employerContributionPercentage"),
        esct_rate=text(half, "esctPercentage"),
        opt_out_date=day(half, "optOutDate"),
    )
