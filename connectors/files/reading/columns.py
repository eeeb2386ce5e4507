"""What the columns of a file are: a proposal from their headings, and what an administrator has set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from connectors.contract.employee import fold_word
from connectors.contract.errors import ConfigError
from connectors.contract.source_fields import STANDARD, first_entries

SOURCE_ID, NUMBER = "source_id", "employee_number"
# Other headings that people use, as ``fold_word`` writes them.
_OTHER = {
    "source_id": "id employeeid personid staffid workerid recordid hrid emplid uniqueid",
    "employee_number": "no number employeeno employeenumber empno empnumber staffno staffnumber payrollid "
    "payrollnumber employeecode empcode staffcode clocknumber personnelnumber",
    "first_name": "firstname givenname givennames forename firstnames fname",
    "surname": "lastname familyname surname lname",
    "middle_name": "middlename middlenames secondname othernames",
    "preferred_name": "preferredname knownas nickname",
    "date_of_birth": "dob dateofbirth birthdate birthday",
    "gender": "sex gender",
    "email": "email emailaddress personalemail privateemail homeemail",
    "work_email": "workemail companyemail businessemail",
    "phone": "phone homephone telephone phonenumber landline",
    "mobile": "mobile mobilephone cell cellphone mobilenumber",
    "address.line1": "address address1 addressline1 street streetaddress homeaddress residentialstreetaddress",
    "address.line2": "address2 addressline2",
    "address.suburb": "suburb city town residentialsuburb",
    "address.state": "state region province residentialstate",
    "address.postcode": "postcode zip zipcode postalcode residentialpostcode",
    "address.country": "country residentialcountry",
    "position": "jobtitle position role positiontitle job",
    "employment_type": "employmenttype contracttype employmentbasis worktype",
    "status": "status employmentstatus employeestatus",
    "start_date": "startdate hiredate commencementdate datestarted datehired joindate commenced employmentstart",
    "end_date": "enddate terminationdate leavedate finishdate datefinished lastday leavingdate employmentend",
    "termination_reason": "terminationreason leavingreason reasonforleaving",
    "branch": "branch location site office worklocation",
    "department": "department dept division",
    "cost_centre": "costcentre costcenter",
    "manager": "manager supervisor reportsto",
    "bank_accounts.0.number": "accountnumber bankaccount bankaccountnumber bankaccount1accountnumber",
    "bank_accounts.0.bsb": "bsb bankbsb bankaccount1bsb",
    "bank_accounts.0.name": "accountname bankaccountname bankaccount1accountname",
    "au_tax.tfn": "tfn taxfilenumber",
    "au_tax.residency": "taxresidency residencyfortax",
    "au_tax.threshold_claimed": "taxfreethreshold claimtaxfreethreshold taxfreethresholdclaimed",
    "au_tax.study_loan": "studyloan help helpdebt stsl stsldebt",
    "nz_tax.ird": "ird irdnumber",
    "nz_tax.code": "taxcode",
    "super_funds.0.usi": "usi superusi fundusi superfundusi",
    "super_funds.0.name": "superfund superfundname fundname",
    "super_funds.0.abn": "superabn fundabn superfundabn",
    "super_funds.0.member_number": "membernumber supermembernumber superfundmembernumber",
    "kiwisaver.status": "kiwisaver kiwisaverstatus",
    "kiwisaver.employee_rate": "kiwisaverrate employeerate",
    "pay_rate": "payrate rate hourlyrate salary annualsalary rateofpay",
    "pay_rate_unit": "payrateunit rateunit payunit per",
    "hours_per_week": "hoursperweek weeklyhours hours standardhoursperweek",
}


@cache
def choices() -> Mapping[str, str]:
    """Return what a column can be, with what people call it; of a list, its first entry."""
    return {
        field.path: field.label
        for field in first_entries(STANDARD)
        if not field.is_list and _single(field.path)
    }


def _single(path: str) -> bool:
    return not path.startswith("leave_balances")


@cache
def _known() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for path, words in _OTHER.items():
        known.update(dict.fromkeys(words.split(), path))
    for path, label in choices().items():
        known.setdefault(fold_word(path), path)
        known.setdefault(fold_word(label), path)
    return known


def propose(header: Sequence[str]) -> dict[str, str]:
    """Return, by heading, what the columns of a file seem to be; each place once. Others are left out."""
    proposed: dict[str, str] = {}
    for heading in header:
        path = _known().get(fold_word(heading))
        if path is not None and path not in proposed.values():
            proposed[heading] = path
    if SOURCE_ID not in proposed.values():
        for heading, path in proposed.items():
            if path == NUMBER:  # also what the file knows them by
                return proposed | {heading: NUMBER}
    return proposed


def write(columns: Mapping[str, str]) -> str:
    """Return columns as the setting has them."""
    return "\n".join(f"{heading} = {path}" for heading, path in columns.items())


def parse(setting: str) -> dict[str, str]:
    """Return, by heading, what the columns are. Raises ConfigError."""
    columns: dict[str, str] = {}
    for number, line in enumerate(setting.splitlines(), 1):
        if not line.strip():
            continue
        heading, _, path = line.rpartition("=")
        heading, path = " ".join(heading.split()), path.strip()
        if not heading or path not in choices():
            raise ConfigError(
                f"Line {number} of the setting Columns cannot be used. Write a heading, = and a field such as surname."
            )
        if path in columns.values():
            raise ConfigError(
                f"The setting Columns fills {choices()[path]} from two columns. Keep one of them."
            )
        columns[heading] = path
    if columns and not {SOURCE_ID, NUMBER} & set(columns.values()):
        raise ConfigError(
            "The setting Columns has no column with the id or the employee number, so that nobody could be "
            "recognised. Add one."
        )
    if columns and "surname" not in columns.values():
        raise ConfigError("The setting Columns has no column with the surname. Add it.")
    return columns


def positions(name: str, header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Return, by the field of an employee, the position of its column. Raises ConfigError where one is missing."""
    by_heading = {heading.casefold(): index for index, heading in enumerate(header)}
    missing = [heading for heading in columns if heading.casefold() not in by_heading]
    if missing:
        raise ConfigError(
            f"{name} has no column {', '.join(missing[:5])}, so nothing was read or changed. Add it to the file, "
            "or change Columns under Settings."
        )
    return {path: by_heading[heading.casefold()] for heading, path in columns.items()}
