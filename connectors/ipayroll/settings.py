"""What an administrator sets for the iPayroll side of a connection."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.address import WebAddress
from connectors.connector import SideSettings

PayFrequency = Literal["Weekly", "Fortnightly", "4-Weekly", "Monthly", "Bi-Monthly"]


class IPayrollSettings(SideSettings):
    """Settings of an iPayroll side. The last three are given to new employees only; payroll owns them afterwards."""

    url: WebAddress = Field(
        "https://secure2.ipayroll.co.nz",
        title="Address",
        description="Where iPayroll is. CloudPayroll customers in Australia enter CloudPayroll's address.",
    )
    requests_per_second: float = Field(
        2.0, title="Requests a second", description="How many requests a second iPayroll allows.", gt=0, le=1000
    )
    page_size: int = Field(
        100, title="Employees a page", description="How many employees are listed in one request.", ge=1, le=500
    )
    employee_id_from: Literal["employee_number", "source_id"] = Field(
        "employee_number",
        title="Employee ID",
        description="What becomes the employee ID in iPayroll: the employee number, or the id in the HR system.",
    )
    pay_frequency: PayFrequency = Field(
        "Weekly", title="Pay frequency of new employees", description="How often new employees are paid."
    )
    full_time_hours: float = Field(
        40.0, title="Full-time hours of new employees", description="Hours of a full-time week of new employees.", gt=0, le=168
    )
    payment_method: str = Field(
        "Bank", title="Payment method of new employees", description="How new employees are paid.", min_length=1, max_length=64
    )
