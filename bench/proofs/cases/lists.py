"""Lists that move while they are read, and answers that say less than what was done."""

from __future__ import annotations

from bench.proofs.company import Case
from bench.proofs.details import Status
from bench.proofs.payrolls import DescribedPayroll
from bench.proofs.sandbox_payrolls import SandboxPayroll


def odd_answer(case: Case) -> None:
    """Let payroll carry out a create, or not, with an answer that does not say which."""
    payroll, person = case.company.payroll, case.person()
    no_date = {"born": None} if case.chance < 0.2 else {}
    case.company.disturbed.add(0)
    case.hire(person, **no_date)
    if isinstance(payroll, DescribedPayroll):
        odd = case.random.choice(payroll.ODD)
        payroll.odd[str(person.truth.account)] = odd
        case.company.tell(f"  [{case.name}] the create of {person} is answered: {odd}")
    elif isinstance(payroll, SandboxPayroll):
        odd = case.random.choice(payroll.ODD)
        case.later(0, f"the next create is answered: {odd}", lambda: payroll.be_odd(odd))


def moving_source(case: Case) -> None:
    """Delete or add somebody in HR while it is read, before the place that has been reached."""
    gone, stays = case.person(), [case.person() for _ in range(3)]
    # At the beginning of the list.
    employees = case.company.hr.employees
    others = dict(employees)
    employees.clear()
    source_id = case.hire(gone)
    for person in stays:
        case.hire(person)
    employees |= others
    run = case.random.randrange(2)
    case.company.disturbed.add(run)

    def delete() -> None:
        case.company.tell(f"  [{case.name}] {gone} is deleted in HR between two pages")
        employees.pop(source_id, None)

    def add() -> None:
        late = case.person()
        others = dict(employees)
        employees.clear()
        case.hire(late)
        employees.update(others)

    happen = delete if case.chance < 0.6 else add

    def arm() -> None:
        case.company.hr.listing.between_pages = happen

    case.later(run, "the list of HR moves while it is read", arm)


def moving_target(case: Case) -> None:
    """Delete somebody in payroll while it is read, before the place that has been reached."""
    payroll = case.company.payroll
    gone, known = case.person(), case.person()
    target_id = case.enter(gone)
    for _ in range(3):
        case.enter(case.person())
    case.enter(known)
    case.hire(known)
    case.company.disturbed.add(0)

    def delete() -> None:
        if target_id in case.company.owners:
            case.company.tell(f"  [{case.name}] {gone} is deleted in payroll between two pages")
            payroll.remove(target_id)
            del case.company.owners[target_id]

    def arm() -> None:
        if isinstance(payroll, DescribedPayroll):
            payroll.listing.between_pages = delete
        else:
            case.company.web.between_pages = delete

    case.later(0, "the list of payroll moves while it is read", arm)


def short_pages(case: Case) -> None:
    """Make some pages of HR shorter than was asked."""
    for _ in range(3):
        case.hire(case.person())
    case.company.hr.gaps |= {case.random.randrange(1, 5)}
    case.company.tell("  some pages of HR are short")


def two_jobs(case: Case) -> None:
    """List one employee twice in HR: the main job continues, a second one has ended."""
    person = case.person()
    source_id = case.hire(person)
    ended = person.truth.changed(status=Status.TERMINATED, end="2025-02-28", start="2022-01-10")
    person.learn(ended)

    def add_job() -> None:
        employee = case.company.hr.employees[source_id]
        employee.other_job, employee.version = ended, employee.version + 1

    if case.chance < 0.5:
        add_job()
        case.company.tell(f"  [{case.name}] HR lists {source_id} a second time, with an ended job")
    else:
        case.later(1, f"HR lists {source_id} a second time, with an ended job", add_job)


def listed_again(case: Case) -> None:
    """List one employee a second time, on a later page, exactly as before."""
    source_id = case.hire(case.person())
    case.company.hr.employees[source_id].is_repeated = True
    case.company.tell(f"  [{case.name}] HR lists {source_id} a second time, as it is")


CASES = (odd_answer, odd_answer, moving_source, moving_target, short_pages, two_jobs, listed_again)
