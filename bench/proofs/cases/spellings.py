"""One person in two spellings: transliterations, invisible characters, typing errors, married names."""

from __future__ import annotations

from bench.proofs.company import Case
from sandbox.people import numbers

TRANSLITERATIONS = (
    (("Søren", "Kjær"), ("Soren", "Kjaer"), "Male"),
    (("Łukasz", "Wójcik"), ("Lukasz", "Wojcik"), "Male"),
    (("Thị Hoa", "Đặng"), ("Thi Hoa", "Dang"), "Female"),
    (("Işıl", "Aydın"), ("Isil", "Aydin"), "Female"),
    (("Jürgen", "Müller"), ("Juergen", "Mueller"), "Male"),
    (("Jürgen", "Müller"), ("Jurgen", "Muller"), "Male"),
    (("Mary-Anne", "O'Brien"), ("Mary Anne", "OBrien"), "Female"),
    (("Ji Hoon", "Kim"), ("Jihoon", "Kim"), "Male"),
    (("Zoë", "Strauß"), ("Zoe", "Strauss"), "Female"),
    (("Åsa", "Sjöberg"), ("Asa", "Sjoberg"), "Female"),
    (("Mārama", "Parāone"), ("Marama", "Paraone"), "Female"),
    (("José", "Nuñez"), ("Jose", "Nunez"), "Male"),
)
INVISIBLE = ("\u200b", "\u200e", "\u00ad", "\u2060", "\ufeff", "\u202a")


def transliteration(case: Case) -> None:
    """Add a name that payroll and HR write in different letters."""
    names, plain, gender = case.random.choice(TRANSLITERATIONS)
    person = case.person(given=names[0], surname=names[1], gender=gender)
    in_payroll, in_hr = (plain, names) if case.chance < 0.5 else (names, plain)
    without_tax = {"tax": None} if case.chance < 0.6 else {}
    number = {"number": None} if case.chance < 0.5 else {}
    case.enter(person, given=in_payroll[0], surname=in_payroll[1], **without_tax, **number)
    case.hire(person, given=in_hr[0], surname=in_hr[1])


def invisible_characters(case: Case) -> None:
    """Add characters that nobody can see to a name, a number or an address."""
    person = case.person()
    truth, mark = person.truth, case.random.choice(INVISIBLE)
    changes = {
        "given": f"{str(truth.given)[:2]}{mark}{str(truth.given)[2:]}",
        "surname": f"{truth.surname}{mark}",
        "number": f"{mark}{truth.number}",
        "email": f"{truth.email}{mark}",
        "mobile": f"{mark}{truth.mobile}",
        "tax": f"{truth.tax}{mark}",
    }
    kinds = case.random.sample(sorted(changes), case.random.randint(1, 3))
    marked = {kind: changes[kind] for kind in kinds}
    if case.chance < 0.6:
        case.enter(person)
    source_id = case.hire(person, **marked)
    if case.chance < 0.4:
        case.later_change(1, source_id, **{kind: getattr(truth, kind) for kind in kinds})


def invisible_name(case: Case) -> None:
    """Add a surname of nothing that can be seen."""
    case.hire(case.person(), surname=case.random.choice(INVISIBLE))


def mistyped_tax_number(case: Case) -> None:
    """Add somebody whose tax number was mistyped in payroll."""
    person = case.person()
    wrong = numbers.tfn(case.random)
    case.enter(person, tax=wrong)
    source_id = case.hire(person)
    if case.chance < 0.3:
        case.later_change(1, source_id, street="3 Other Street")


def mistyped_birth_date(case: Case) -> None:
    """Add somebody whose birth date was mistyped in payroll."""
    person = case.person()
    year, month, day = str(person.truth.born).split("-")
    case.enter(person, born=f"{year}-{day if int(day) < 13 else month}-{(int(month) + 3):02d}")
    case.hire(person)


def married_name(case: Case) -> None:
    """Add somebody with a new surname in HR and the old one in payroll."""
    person = case.person(gender="Female", given="Amelia")
    if case.chance < 0.5:
        case.enter(person, **({"tax": None} if case.chance < 0.4 else {}))
        case.hire(person, surname="Newman-Hart", email=f"amelia.newman{person.truth.number}@example.com")
    else:
        source_id = case.hire(person)
        case.later_change(1, source_id, surname="Newman-Hart")


def middle_names(case: Case) -> None:
    """Add somebody who has more given names in one system, or only an initial."""
    person = case.person(given="Anna Maria", gender="Female")
    short = case.random.choice(("Anna", "Anna M", "Anna M.", "ANNA MARIA"))
    in_payroll, in_hr = ("Anna Maria", short) if case.chance < 0.5 else (short, "Anna Maria")
    case.enter(person, given=in_payroll, **({"tax": None} if case.chance < 0.5 else {}))
    case.hire(person, given=in_hr)


def capitals(case: Case) -> None:
    """Add a name in capitals, which HR corrects."""
    person = case.person(given="Rhona", surname="McKeel", gender="Female")
    if case.chance < 0.5:
        case.enter(person, given="RHONA", surname="MCKEEL")
        case.hire(person)
    else:
        source_id = case.hire(person, given="RHONA", surname="MCKEEL")
        case.later_change(1, source_id, given="Rhona", surname="McKeel")


def blank_details(case: Case) -> None:
    """Add somebody of whose details payroll has only a part."""
    person = case.person()
    kinds = ("tax", "account", "born", "gender", "email", "number", "postcode")
    blank: dict[str, None] = dict.fromkeys(case.random.sample(kinds, case.random.randint(1, 4)))
    if "account" in blank:
        blank["bsb"] = None
    case.enter(person, **blank)
    case.hire(person)


def other_account(case: Case) -> None:
    """Add somebody with another account in payroll, and no tax number there."""
    person = case.person()
    case.enter(person, account="55511122", tax=None, **({"number": None} if case.chance < 0.7 else {}))
    case.hire(person)


def exchanged_names(case: Case) -> None:
    """Add somebody whose given name and surname payroll has the other way round."""
    person = case.person(given="Lan", surname="Nguyen", gender="Female")
    case.enter(person, given="Nguyen", surname="Lan", **({"number": None} if case.chance < 0.5 else {}))
    case.hire(person)


def leading_zeros(case: Case) -> None:
    """Add somebody whose number has leading zeros in HR."""
    person = case.person()
    case.enter(person, **({"tax": None} if case.chance < 0.5 else {}))
    case.hire(person, number=f"00{person.truth.number}")


def half_placeholder(case: Case) -> None:
    """Add somebody with a placeholder as birth date on one side only."""
    person = case.person()
    in_payroll = case.chance < 0.5
    case.enter(person, **({"born": "1900-01-01"} if in_payroll else {}))
    case.hire(person, **({} if in_payroll else {"born": "1900-01-01"}))


CASES = (
    transliteration,
    invisible_characters,
    invisible_name,
    mistyped_tax_number,
    mistyped_birth_date,
    married_name,
    middle_names,
    capitals,
    blank_details,
    other_account,
    exchanged_names,
    leading_zeros,
    half_placeholder,
)
