"""The fields of an iPayroll employee that iHUB knows.

iPayroll publishes no lengths; those here are what an HR system can hold, so that only nonsense is stopped.
"""

from __future__ import annotations

from connectors.concern import Concern
from connectors.contract import Field, FieldType, Identity

FIELDS = (
    Field("employeeId", "Employee ID", required=True, max_length=64),
    Field("firstNames", "First names", required=True, max_length=128, identity=Identity.GIVEN_NAMES),
    Field("surname", "Surname", required=True, max_length=255, identity=Identity.SURNAME),
    Field("preferredName", "Preferred name", max_length=255),
    Field("title", "Title", max_length=128),
    Field("gender", "Gender", required=True, max_length=16),
    Field("birthDate", "Date of birth", FieldType.DATE, identity=Identity.BIRTH_DATE),
    Field("startDate", "Start date", FieldType.DATE, required=True),
    Field("email", "E-mail", FieldType.EMAIL, max_length=254, identity=Identity.EMAIL),
    Field("phone", "Phone", FieldType.PHONE, max_length=20),
    Field("address.addressLine1", "Address line 1", max_length=128),
    Field("address.addressLine2", "Address line 2", max_length=128),
    Field("address.suburb", "Suburb", max_length=128),
    Field("address.city", "City", max_length=128),
    Field("address.state", "State", max_length=128),
    Field("address.postCode", "Postcode", max_length=128, identity=Identity.POSTCODE),
    Field("address.country", "Country", max_length=128),
    Field("workState", "Work state", max_length=16),
    Field("payFrequency", "Pay frequency", required=True, max_length=32),
    Field("fullTimeHoursWeek", "Full-time hours a week", FieldType.NUMBER, required=True),
    Field("paymentMethod", "Payment method", max_length=64),
    Field("bankAccountNumber", "Bank account", sensitive=True, max_length=64, concern=Concern.BANK),
    Field("taxNumber", "Tax number", sensitive=True, max_length=16, identity=Identity.TAX_NUMBER, concern=Concern.TAX),
    Field("taxCode", "Tax code", max_length=16, concern=Concern.TAX),
    Field("specialStudentLoan", "Student loan rate", FieldType.NUMBER),
    Field("existingKiwiSaverMember", "KiwiSaver member", FieldType.BOOLEAN, concern=Concern.SUPER),
    Field("kiwiSaverRate", "KiwiSaver rate", FieldType.NUMBER, concern=Concern.SUPER),
    Field("employerSubsidy", "KiwiSaver employer rate", FieldType.NUMBER, concern=Concern.SUPER),
    Field("esctRate", "ESCT rate", FieldType.NUMBER, concern=Concern.SUPER),
    Field("kiwiSaverOptOutDate", "KiwiSaver opt-out date", FieldType.DATE, concern=Concern.SUPER),
)

CREATE_ONLY = frozenset({"employeeId", "payFrequency", "fullTimeHoursWeek", "paymentMethod", "workState"})
"""Given to new employees; the employee ID cannot change afterwards and payroll owns the others."""

SHOWN_ALWAYS = frozenset(
    {
        *("firstNames", "surname", "title", "gender", "birthDate", "startDate", "email", "phone"),
        *(field.name for field in FIELDS if field.name.startswith("address.")),
    }
)
"""What iPayroll's guide shows in answers: blank where it is left out. Of other fields absence tells nothing."""

SOURCE_LABELS = {"employeeId": "Employee number", "firstNames": "First name"}
"""What the HR system calls a field, where that is something else: the place in which a person puts it right."""
