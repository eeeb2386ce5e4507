"""What an administrator sets for the enableHR side of a connection."""

from __future__ import annotations

from pydantic import Field

from connectors.contract.connector import SideSettings
from connectors.http.limits.settings import (
    ClosedHoursText,
    Concurrency,
    RequestRate,
    closed_hours,
    concurrency,
    request_rate,
)
from connectors.values.employee_page import EmployeePage, employee_page
from connectors.values.web_address import WebAddress


class EnableHrSettings(SideSettings):
    """Settings of an enableHR side."""

    api_url: WebAddress = Field(
        "https://rest.enablehr.com",
        title="API address",
        description="The address of the enableHR API. HR Assured customers use https://rest.hrassured.com.",
    )
    login_url: WebAddress = Field(
        "https://login.enablehr.com", title="Sign-in address", description="Where people sign in to enableHR."
    )
    account_id: str = Field(
        "",
        title="Account",
        description="The id of the enableHR account. Leave empty for the first account of the person who signs in.",
        pattern=r"^[A-Za-z0-9_-]*$",
        max_length=64,
    )
    requests_per_second: RequestRate = request_rate("enableHR", 5.0)[1]
    concurrency: Concurrency = concurrency("enableHR", 64)[1]
    closed_hours: ClosedHoursText = closed_hours("enableHR")[1]
    employee_page: EmployeePage = employee_page("enableHR")[1]
    page_size: int = Field(
        100,
        title="Employees per page",
        description="How many employees are listed in one request.",
        ge=1,
        le=100,
    )
    read_bank: bool = Field(
        True, title="Read bank accounts", description="Whether bank accounts are read: one more request each."
    )
    read_tax: bool = Field(
        True, title="Read tax details", description="Whether tax details are read: one more request each."
    )
    read_super: bool = Field(
        True,
        title="Read super and KiwiSaver",
        description="Whether retirement savings are read: one more request each.",
    )
