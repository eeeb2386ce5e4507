"""Translate enableHR's tax and retirement details, each of which has an Australian and a New Zealand part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from connectors.contract.employee import AustralianTax, KiwiSaver, NewZealandTax, SuperFund
from connectors.enablehr.json_values import read_boolean, read_date, read_text

Json = Mapping[str, Any]
_STUDENT_LOANS = ("hecsSupported", "studentStartupLoan", "tradeLoanSupport", "financialSupplementDebt")


def au_tax(part: Json) -> AustralianTax | None:
    """Return the Australian tax declaration; None where nothing was declared."""
    loans = [read_boolean(part, key) for key in _STUDENT_LOANS]
    declared = AustralianTax(
        tfn=read_text(part, "tfn"),
        exemption=read_text(part, "exemptType"),
        basis=read_text(part, "employmentBasis"),
        residency=read_text(part, "residencyStatus"),
        threshold_claimed=read_boolean(part, "taxFreeThresholdClaimed"),
        study_loan=None if all(loan is None for loan in loans) else any(loans),
    )
    return None if declared == AustralianTax() else declared


def nz_tax(part: Json) -> NewZealandTax | None:
    """Return the New Zealand tax declaration; None where nothing was declared."""
    declared = NewZealandTax(
        ird=read_text(part, "irdNumber"),
        code=read_text(part, "taxCode"),
        student_loan_rate=read_text(part, "studentLoanPercentage"),
    )
    return None if declared == NewZealandTax() else declared


def super_fund(entry: Json) -> SuperFund:
    """Return one superannuation membership."""
    return SuperFund(
        type=read_text(entry, "type") or "",
        name=read_text(entry, "name") or "",
        abn=read_text(entry, "abn"),
        usi=read_text(entry, "usi"),
        member_number=read_text(entry, "memberNumber"),
        esa=read_text(entry, "esa"),
    )


def kiwisaver(part: Json, zone: tzinfo) -> KiwiSaver | None:
    """Return the KiwiSaver membership; None where no status is given."""
    status = read_text(part, "status")
    if status is None:
        return None
    return KiwiSaver(
        status=status,
        employee_rate=read_text(part, "employeeContributionPercentage"),
        employer_rate=read_text(part, "employerContributionPercentage"),
        esct_rate=read_text(part, "esctPercentage"),
        opt_out_date=read_date(part, "optOutDate", zone),
    )
