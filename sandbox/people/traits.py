"""Special cases among the people; each has a name and a few people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from sandbox.people import numbers, places

Person = dict[str, Any]
CLEAN = "clean"
FULL_SIZE = 250


class Trait(NamedTuple):
    """A special case: ``times`` is for 250 people, ``region`` limits it to one country."""

    name: str
    times: int
    apply: Callable[[Person, Random, date], None]
    region: str | None = None


def assign_traits(everyone: list[Person], random: Random, today: date) -> None:
    """Assign the traits to different people; a smaller company has fewer of each."""
    pool = random.sample(everyone, len(everyone))
    spare = len(everyone) // 2
    for trait in TRAITS:
        for _ in range(max(1, round(trait.times * min(1.0, len(everyone) / FULL_SIZE)))):
            person = next((one for one in pool if trait.region in (None, one["region"])), None)
            if person is None or len(pool) <= spare:
                break
            pool.remove(person)
            person["trait"] = trait.name
            trait.apply(person, random, today)
    _make_namesakes(pool)


def _make_namesakes(pool: list[Person]) -> None:
    """Give two different people the same name and birthday."""
    for one in pool:
        other = next(
            (
                it
                for it in pool
                if it is not one and it["region"] == one["region"] and it["gender"] == one["gender"]
            ),
            None,
        )
        if other is not None:
            for field in ("firstName", "surname", "dateOfBirth"):
                other[field] = one[field]
            one["trait"] = other["trait"] = "namesake"
            return


def _without(*path: str) -> Callable[[Person, Random, date], None]:
    def apply(person: Person, _random: Random, _today: date) -> None:
        for field in path:
            person.pop(field, None)

    return apply


def _set(**fields: Any) -> Callable[[Person, Random, date], None]:
    def apply(person: Person, _random: Random, _today: date) -> None:
        person.update(fields)

    return apply


def _tfn(number: str, exemption: str) -> Callable[[Person, Random, date], None]:
    def apply(person: Person, _random: Random, today: date) -> None:
        person["tax"] |= {"tfn": number, "exemptType": exemption}
        if exemption == "UNDER18":
            person["dateOfBirth"] = (today - timedelta(days=17 * 365)).isoformat()
            person["commencementDate"] = (today - timedelta(days=90)).isoformat()

    return apply


def _accounts(count: int) -> Callable[[Person, Random, date], None]:
    def apply(person: Person, random: Random, _today: date) -> None:
        last = person["bankAccounts"][0]
        share = {"remainder": False, "amountInCents": 10_000}
        person["bankAccounts"] = [_another(person, random, order) | share for order in range(count - 1)]
        last |= {"id": f"{person['id']}{count}"} | ({"accountOrder": count - 1} if "bsb" in last else {})
        person["bankAccounts"].append(last)

    return apply


def _another(person: Person, random: Random, order: int) -> dict[str, Any]:
    account = dict(person["bankAccounts"][0]) | {"id": f"{person['id']}{order + 1}"}
    if "bsb" in account:
        return account | {"number": f"{random.randrange(10**5, 10**9)}", "accountOrder": order}
    return account | {"number": numbers.new_zealand_account(random)}


def _terminated(person: Person, random: Random, today: date) -> None:
    began = date.fromisoformat(person["commencementDate"])
    ended = min(began + timedelta(days=random.randrange(60, 150)), today - timedelta(days=1))
    person |= {"employmentStatus": "Terminated", "endDate": ended.isoformat()}


def _future_start(person: Person, random: Random, today: date) -> None:
    person["commencementDate"] = (today + timedelta(days=random.randrange(20, 80))).isoformat()


def _masked(person: Person, _random: Random, _today: date) -> None:
    person["tax"]["tfn"] = f"###-###-{person['tax']['tfn'][-3:]}"


def _overseas(person: Person, _random: Random, _today: date) -> None:
    person["personalAddress"] = dict(places.OVERSEAS)


def _free_text_state(person: Person, _random: Random, _today: date) -> None:
    address = person["personalAddress"]
    address["state"] = places.FREE_TEXT_STATES[address["state"]]


def _odd_phone(person: Person, _random: Random, _today: date) -> None:
    person["contacts"]["home"] |= {"phone": "08 4044 0404"}


def _smsf(person: Person, random: Random, _today: date) -> None:
    fund = person["retirement"][0] | {
        "type": "SMSF",
        "name": f"{person['surname']} Family Super Fund",
        "abn": numbers.abn(random),
    }
    fund.pop("usi")
    person["retirement"] = [fund | {"esa": "SMSFDATAFLOW", "memberNumber": "1"}]


TRAITS = (
    Trait("no surname", 2, _without("surname")),
    Trait("no date of birth", 4, _without("dateOfBirth")),
    Trait("no start date", 3, _without("commencementDate")),
    Trait("no employee number", 3, _without("employeeNumber")),
    Trait("no gender", 2, _without("gender")),
    Trait("non-binary", 3, _set(gender="Non_Binary", title="Mx")),
    Trait("gender not stated", 3, _set(gender="Not_Stated")),
    Trait("two bank accounts", 4, _accounts(2)),
    Trait("three bank accounts", 2, _accounts(3)),
    Trait("no bank account", 3, _set(bankAccounts=[])),
    Trait("terminated", 6, _terminated),
    Trait("masked TFN", 6, _masked, "AU"),
    Trait("TFN not quoted", 2, _tfn("000000000", "UNQUOTED"), "AU"),
    Trait("TFN applied for", 2, _tfn("111111111", "PENDING"), "AU"),
    Trait("TFN under 18", 1, _tfn("333333333", "UNDER18"), "AU"),
    Trait("TFN pensioner", 1, _tfn("444444444", "PENSIONER"), "AU"),
    Trait("no tax details", 2, _set(tax=None)),
    Trait("future start", 4, _future_start),
    Trait("overseas address", 1, _overseas, "AU"),
    Trait("free-text state", 5, _free_text_state, "AU"),
    Trait("odd phone number", 3, _odd_phone, "AU"),
    Trait("own super fund", 2, _smsf, "AU"),
    Trait("on leave", 3, _set(employmentStatus="Leave")),
)
