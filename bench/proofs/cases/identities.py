"""People who can be taken for each other: twins, families, namesakes, placeholders, numbers that were used before."""

from __future__ import annotations

from bench.proofs.company import Case

TWIN_NAMES = (
    ("Mohammed Ali", "Mohammed Hassan", "Male"),
    ("Maria Luisa", "Maria Elena", "Female"),
    ("Thi Lan", "Thi Mai", "Female"),
    ("Anna", "Hannah", "Female"),
    ("Jon", "John", "Male"),
    ("Priya", "Pooja", "Female"),
    ("Min-ji", "Min-jun", "Female"),
)
FAMOUS = (("John", "Smith", "Male"), ("Maria", "Garcia", "Female"), ("Wei", "Zhang", "Male"))
PLACEHOLDER_DATES = ("1900-01-01", "0001-01-01", "9999-12-31", "1900-01-01")
PLACEHOLDER_ADDRESSES = (
    "no-email@example.com",
    "noreply@example.com",
    "test@example.com",
    "none@example.com",
)
SPECIAL_TAX = ("111111111", "000000000", "333333333", "444444444")
MASKED = "###-###-"


def new_employee(case: Case) -> None:
    """Add somebody new, who may move house later."""
    source_id = case.hire(case.person())
    if case.chance < 0.5:
        case.later_change(1, source_id, street="7 New Road")


def known_employee(case: Case) -> None:
    """Add somebody who is in payroll by hand, exactly as HR has them."""
    person = case.person()
    case.enter(person)
    source_id = case.hire(person)
    if case.chance < 0.5:
        case.later_change(1, source_id, email=f"new.{person.truth.email}")


def twins(case: Case) -> None:
    """Add two children of one day and one address; payroll has one of them by hand."""
    first_name, second_name, gender = case.random.choice(TWIN_NAMES)
    first = case.person(given=first_name, gender=gender)
    truth = first.truth
    second = case.person(
        given=second_name,
        gender=gender,
        surname=truth.surname,
        born=truth.born,
        email=truth.email,
        street=truth.street,
        postcode=truth.postcode,
    )
    case.enter(first)
    blank = {"tax": None} if case.chance < 0.3 else {}
    case.hire(second, **blank)
    if case.chance < 0.5:
        case.hire(first)
    elif case.chance < 0.5:

        def hire() -> None:
            case.hire(first)

        case.later(1, f"{first} comes to HR", hire)


def family(case: Case) -> None:
    """Add parent and child, who share surname, house and e-mail, and perhaps the first name."""
    parent = case.person(born="1964-05-06")
    truth = parent.truth
    child = case.person(
        surname=truth.surname,
        given=truth.given if case.chance < 0.5 else "Kit",
        gender=truth.gender,
        born="1994-05-06",
        email=truth.email,
        street=truth.street,
        postcode=truth.postcode,
    )
    case.enter(parent, **({"born": None} if case.chance < 0.4 else {}))
    case.hire(child, **({"born": None} if case.chance < 0.2 else {}))
    if case.chance < 0.6:
        case.hire(parent)


def namesakes(case: Case) -> None:
    """Add two people of one name, perhaps of one day."""
    given, surname, gender = case.random.choice(FAMOUS)
    first = case.person(given=given, surname=surname, gender=gender)
    same_day = {"born": first.truth.born} if case.chance < 0.5 else {}
    second = case.person(given=given, surname=surname, gender=gender, **same_day)
    case.enter(first, **({"tax": None} if case.chance < 0.2 else {}))
    case.hire(second)
    if case.chance < 0.6:
        case.hire(first)
    if case.chance < 0.3:
        case.enter(second)


def placeholders(case: Case) -> None:
    """Add two people whose date and address were filled in because something had to be there."""
    day, address = case.random.choice(PLACEHOLDER_DATES), case.random.choice(PLACEHOLDER_ADDRESSES)
    given = "David"
    known = case.person(given=given, surname="Brown", gender="Male")
    other = case.person(given=given, surname="Lee", gender="Male")
    case.enter(known, born=day, email=address)
    masked = {"tax": f"{MASKED}{str(other.truth.tax)[-3:]}"} if case.chance < 0.7 else {}
    case.hire(other, born=day, email=address, **masked)
    if case.chance < 0.5:
        case.hire(known, born=day, email=address)


def placeholder_namesakes(case: Case) -> None:
    """Add two people of one name with a placeholder as birth date, one with a tax number that many people have."""
    given, surname, gender = case.random.choice(FAMOUS)
    day = case.random.choice(PLACEHOLDER_DATES)
    known = case.person(given=given, surname=surname, gender=gender)
    other = case.person(given=given, surname=surname, gender=gender)
    case.enter(known, born=day, **({"tax": case.random.choice(SPECIAL_TAX)} if case.chance < 0.5 else {}))
    case.hire(other, born=day, **({"tax": case.random.choice(SPECIAL_TAX)} if case.chance < 0.5 else {}))
    if case.chance < 0.4:
        case.hire(known, born=day)


def shared_tax_number(case: Case) -> None:
    """Add people who all have a tax number that says only that there is none."""
    special = case.random.choice(SPECIAL_TAX)
    for _ in range(3):
        person = case.person()
        if case.chance < 0.6:
            case.enter(person, tax=special)
        case.hire(person, tax=special)


def crowded_day(case: Case) -> None:
    """Add a date that payroll has for many, because a migration filled it in."""
    day = case.random.choice(("2000-01-01", "1970-01-01", "1980-01-01"))
    for _ in range(5):
        case.enter(case.person(given="Sam", surname=f"Crowd{case.random.randrange(100)}"), born=day, tax=None)
    known = case.person(given="Sam", surname="Rowe", gender="Male")
    other = case.person(given="Sam", surname="Rowe", gender="Male")
    case.enter(known, born=day, tax=None)
    case.hire(other, born=day)


def crowded_address(case: Case) -> None:
    """Add an e-mail address that three or more people share."""
    address = f"office{case.random.randrange(100)}@example.com"
    born = "1990-09-09"
    for _ in range(3):
        case.enter(case.person(), email=address, **({"born": born} if case.chance < 0.5 else {}))
    case.hire(case.person(born=born), email=address)


def masked_tax_number(case: Case) -> None:
    """Add somebody whose tax number one of the systems hides."""
    person = case.person()
    masked = f"{MASKED}{str(person.truth.tax)[-3:]}"
    if case.chance < 0.5:
        case.enter(person)
        case.hire(person, tax=masked)
    else:
        case.enter(person, tax=masked)
        case.hire(person)


def reused_number(case: Case) -> None:
    """Add a former employee in payroll under the number that HR gave to somebody new."""
    former, new = case.person(), case.person()
    blank = {"born": None} if case.chance < 0.5 else {}
    no_tax = {"tax": None} if case.chance < 0.5 else {}
    # Only where payroll has HR's numbers at all.
    number = new.truth.number if case.company.same_numbering else former.truth.number
    case.enter(former, number=number, **blank, **no_tax)
    case.hire(new)


def exchanged_numbers(case: Case) -> None:
    """Add two people whose numbers somebody mixed up in HR."""
    first, second = case.person(), case.person()
    case.enter(first)
    case.enter(second)
    case.hire(first, number=second.truth.number)
    case.hire(second, number=first.truth.number)


def entered_twice(case: Case) -> None:
    """Add somebody who is in payroll twice by hand."""
    person = case.person()
    case.enter(person)
    case.enter(person, number=f"9{str(person.truth.number)[1:]}", account="99999999")
    case.hire(person)


def twice_in_hr(case: Case) -> None:
    """Add somebody who is in HR twice, with one tax number."""
    person = case.person()
    if case.chance < 0.5:
        case.enter(person)
    case.hire(person)
    number = person.truth.number if case.chance < 0.5 else f"8{str(person.truth.number)[1:]}"
    case.hire(person, number=number)


CASES = (
    twins,
    family,
    namesakes,
    placeholders,
    placeholder_namesakes,
    shared_tax_number,
    crowded_day,
    crowded_address,
    masked_tax_number,
    reused_number,
    exchanged_numbers,
    entered_twice,
    twice_in_hr,
)
