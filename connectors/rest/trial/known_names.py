"""Recognise the fields of an employee by the names that vendors give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.rest.trial.openapi import Json, OpenApi

# iHUB's place of a value, and names that vendors have for it, in small letters without other signs.
NAMES: dict[str, tuple[str, ...]] = {
    "first_name": ("firstname", "firstnames", "givenname", "givennames", "forename", "legalfirstname"),
    "surname": ("surname", "lastname", "familyname", "legallastname"),
    "middle_name": ("middlename", "middlenames"),
    "preferred_name": ("preferredname", "nickname", "knownas"),
    "title": ("title", "salutation"),
    "date_of_birth": ("dateofbirth", "birthdate", "birthday", "dob"),
    "gender": ("gender", "sex"),
    "email": ("email", "emailaddress", "personalemail", "homeemail", "primaryemail"),
    "work_email": ("workemail", "companyemail", "businessemail"),
    "mobile": ("mobile", "mobilephone", "mobilenumber", "cellphone", "phonemobile"),
    "phone": ("phone", "phonenumber", "homephone", "telephone", "landline"),
    "address.line1": ("addressline1", "line1", "street", "streetaddress", "address1", "street1"),
    "address.line2": ("addressline2", "line2", "address2", "street2"),
    "address.suburb": ("suburb", "city", "town", "locality"),
    "address.state": ("state", "region", "province", "county"),
    "address.postcode": ("postcode", "postalcode", "zip", "zipcode"),
    "address.country": ("country", "countryname", "countrycode"),
    "employee_number": ("employeenumber", "employeeno", "payrollnumber", "staffnumber", "employeecode"),
    "position": ("position", "jobtitle", "positiontitle", "role", "job"),
    "employment_type": ("employmenttype", "contracttype", "workertype"),
    "status": ("status", "employmentstatus", "employeestatus"),
    "start_date": ("startdate", "hiredate", "commencementdate", "hiredon", "employmentstartdate", "joindate"),
    "end_date": ("enddate", "terminationdate", "finishdate", "leavingdate", "lastday"),
    "department": ("department", "departmentname"),
    "cost_centre": ("costcentre", "costcenter"),
    "au_tax.tfn": ("taxfilenumber", "tfn"),
    "nz_tax.ird": ("irdnumber", "ird"),
    "bank_accounts.0.number": ("bankaccountnumber", "accountnumber"),
    "bank_accounts.0.bsb": ("bsb",),
}
SENSITIVE = frozenset({"au_tax.tfn", "nz_tax.ird", "bank_accounts.0.number", "bank_accounts.0.bsb"})
DATES = frozenset({"date_of_birth", "start_date", "end_date"})
IDENTITIES = {
    "first_name": "given names",
    "surname": "surname",
    "date_of_birth": "birth date",
    "email": "e-mail",
    "au_tax.tfn": "tax number",
    "nz_tax.ird": "tax number",
}
FORMATS = {
    "au_tax.tfn": "tfn",
    "bank_accounts.0.bsb": "bsb",
    "address.state": "state",
    "address.country": "country",
    "address.postcode": "postcode",
}
_BY_NAME = {name: path for path, names in NAMES.items() for name in names}
_SIGNS = re.compile(r"[^a-z0-9]")
_DEEPEST = 3
# Objects about somebody else, or about a part of the record with requests of its own.
_APART = re.compile(
    r"manager|supervisor|boss|parent|child|spouse|partner|emergency|contact|creator|link|postal|leave|pay_?run|template",
    re.I,
)


def fold(name: str) -> str:
    """Return a name in small letters, without other signs."""
    return _SIGNS.sub("", name.casefold())


def recognise(place: str) -> str | None:
    """Return iHUB's place of a value by the vendor's; None where the name is not known."""
    return _BY_NAME.get(fold(place.rpartition(".")[2]))


def leaves(api: OpenApi, schema: Json, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Json, bool]]:
    """Yield each single value of an object: its place, its form, and whether it is required."""
    required = set(schema.get("required") or ())
    nested: list[tuple[str, Json]] = []
    for name, described in (schema.get("properties") or {}).items():
        inner, place = api.schema(described), f"{prefix}{name}"
        if "." in str(name):
            continue
        if inner.get("properties"):
            nested.append((str(name), inner))
        elif inner.get("type") not in {"array", "object"}:
            yield place, inner, not prefix and name in required
    for name, inner in nested:  # the employee's own values come first
        if depth < _DEEPEST and not _APART.search(name):
            yield from leaves(api, inner, f"{prefix}{name}.", depth + 1)
