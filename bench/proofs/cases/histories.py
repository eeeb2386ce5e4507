"""What happens to people between runs: they return, move between companies, are deleted or corrected."""

from __future__ import annotations

from bench.proofs.company import Case
from bench.proofs.details import Status
from sandbox.people import numbers

PAST = "2025-06-30"


def rehire(case: Case) -> None:
    """Let somebody leave, and hire them again under a new id in HR."""
    person = case.person()
    if case.chance < 0.4:
        case.enter(person)
    old = case.hire(person)
    case.later(1, f"{person} leaves; payroll ends the employment", lambda: _leave(case, old))
    number = {} if case.chance < 0.5 else {"number": f"7{str(person.truth.number)[1:]}"}
    surname = {"surname": "Married-Moss"} if case.chance < 0.2 else {}
    deleted = case.chance < 0.3

    def come_back() -> None:
        if deleted:
            del case.company.hr.employees[old]
        case.hire(person, start="2026-01-05", **number, **surname)

    case.later(2, f"{person} is hired again{', the old entry is deleted' if deleted else ''}", come_back)


def _leave(case: Case, source_id: str, status: str = Status.TERMINATED) -> None:
    case.change(source_id, status=status, end=PAST)
    person = case.company.hr.employees[source_id].person
    for target_id, owner in case.company.owners.items():
        if owner is person:
            case.rewrite(target_id, person, end=PAST)


def transfer(case: Case) -> None:
    """Move somebody to another company of the group: the old entry is marked, a new one is added."""
    person = case.person()
    if case.chance < 0.4:
        case.enter(person)
    old = case.hire(person)
    status = case.random.choice((Status.TRANSFERRED, Status.MERGED, Status.TERMINATED))
    number = {} if case.chance < 0.5 else {"number": f"6{str(person.truth.number)[1:]}"}

    def move() -> None:
        case.change(old, status=status, **({"end": PAST} if status is Status.TERMINATED else {}))
        case.hire(person, **number)

    case.later(1, f"{person} is {status} and has a new entry", move)


def leaver(case: Case) -> None:
    """Let somebody leave."""
    person = case.person()
    if case.chance < 0.5:
        case.enter(person)
    case.later_change(1, case.hire(person), status=Status.TERMINATED, end=PAST)


def deleted_in_hr(case: Case) -> None:
    """Delete somebody in HR, which says nothing about their employment."""
    person = case.person()
    source_id = case.hire(person)

    def delete() -> None:
        del case.company.hr.employees[source_id]

    case.later(1, f"{person} is deleted in HR", delete)


def deleted_in_payroll(case: Case) -> None:
    """Delete somebody in payroll."""
    person = case.person()
    case.hire(person)

    def delete() -> None:
        for target_id in [each for each, owner in case.company.owners.items() if owner is person]:
            case.company.payroll.remove(target_id)
            del case.company.owners[target_id]

    case.later(1, f"payroll deletes {person}", delete)


def record_of_another(case: Case) -> None:
    """Enter somebody new over the payroll record of a person who is linked."""
    person, new = case.person(), case.person()
    source_id = case.hire(person)

    def overwrite() -> None:
        for target_id in [each for each, owner in case.company.owners.items() if owner is person]:
            held = case.company.payroll.read()[target_id]
            case.rewrite_all(target_id, new, new.truth.changed(number=held.number))
        # Without a change in HR, the details are read again within a week only.
        case.change(source_id, street="12 Changed Street")

    case.later(1, f"payroll enters {new} over {person}", overwrite)


def restored_under_other_ids(case: Case) -> None:
    """Let payroll be set up again, with two people under each other's ids."""
    first, second = case.person(), case.person()
    source_ids = case.hire(first), case.hire(second)

    def restore() -> None:
        owners = {owner: target_id for target_id, owner in case.company.owners.items()}
        if first not in owners or second not in owners:
            return
        held = case.company.payroll.read()
        for new, old in ((first, second), (second, first)):
            number = held[owners[old]].number
            case.rewrite_all(owners[old], new, held[owners[new]].changed(number=number))
        for source_id in source_ids:
            case.change(source_id, street="5 Restored Street")

    case.later(1, f"payroll exchanges {first} with {second}", restore)


def correction(case: Case) -> None:
    """Correct a birth date or a tax number in HR."""
    person = case.person()
    wrong = {"born": "1999-09-09"} if case.chance < 0.5 else {"tax": numbers.tfn(case.random)}
    source_id = case.hire(person, **wrong)
    case.later_change(1, source_id, **{kind: getattr(person.truth, kind) for kind in wrong})


def new_twin(case: Case) -> None:
    """Hire the twin of somebody who is linked."""
    first = case.person(given="Mohammed Ali", gender="Male")
    truth = first.truth
    second = case.person(
        given="Mohammed Hassan",
        gender="Male",
        surname=truth.surname,
        born=truth.born,
        email=truth.email,
        street=truth.street,
        postcode=truth.postcode,
    )
    case.hire(first)

    def hire() -> None:
        case.hire(second)

    case.later(1, f"the twin {second} is hired", hire)


def number_given_again(case: Case) -> None:
    """Let somebody leave, and give their number to somebody new."""
    former, new = case.person(), case.person()
    old = case.hire(former)
    case.later(1, f"{former} leaves", lambda: _leave(case, old))

    def hire() -> None:
        case.hire(new, number=former.truth.number)

    case.later(2, f"{new} gets their number", hire)


CASES = (
    rehire,
    rehire,
    transfer,
    leaver,
    deleted_in_hr,
    deleted_in_payroll,
    record_of_another,
    restored_under_other_ids,
    correction,
    new_twin,
    number_given_again,
)
