"""enableHR as the bench needs it: a list of summaries, then for each employee the details and three payroll parts."""

from __future__ import annotations

from typing import Any

import orjson

from bench.people import employee
from bench.servers import http_server
from bench.servers.http_server import NOT_FOUND, Response

Json = dict[str, Any]
ACCOUNT = b"/accounts/1001/employees"
USER = {"username": "ana", "accounts": [{"id": "1001", "tradingName": "Harbour Foods"}]}


class EnableHr:
    """One account with employees that never change."""

    def __init__(self, employees: int) -> None:
        self._employees = employees

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        if path == ACCOUNT:
            return 200, self._page(int(query[b"first"]), int(query.get(b"after", b"0")))
        if not path.startswith(ACCOUNT):
            return 200, orjson.dumps(USER if path == b"/users/self" else {"accountIds": "1001"})
        source_id, _, part = path[len(ACCOUNT) + 1 :].partition(b"/")
        number = int(source_id[1:])
        if number >= self._employees:
            return NOT_FOUND
        return 200, orjson.dumps(PARTS[part](employee(number)))

    def _page(self, size: int, start: int) -> bytes:
        end = min(start + size, self._employees)
        entries = [{"cursor": str(each + 1), "node": _summary(employee(each))} for each in range(start, end)]
        info = {"hasNextPage": end < self._employees, "endCursor": str(end)}
        return orjson.dumps({"data": entries, "pageInfo": info})

    def control(self, action: str, options: Json) -> Any:
        """Do nothing: there is nothing to set."""
        return {}


def _summary(person: Json) -> Json:
    return {
        "id": person["id"],
        "firstName": person["name"]["first"],
        "surname": person["name"]["last"],
        "dateUpdatedUTC": person["updated"],
    }


def _details(person: Json) -> Json:
    name, contact, job = person["name"], person["contact"], person["job"]
    kinds = {"permanent": "Permanent_FullTime", "part": "Permanent_PartTime", "casual": "Casual"}
    return _summary(person) | {
        "employeeNumber": person["number"],
        "title": person["title"],
        "middleName": name["middle"],
        "preferredName": name["preferred"],
        "dateOfBirth": person["born"],
        "gender": {"F": "Female", "M": "Male"}[person["sex"]],
        "contacts": {
            "home": {"email": contact["email"], "phone": contact["phone"], "mobile": contact["mobile"]},
            "work": {"email": contact["work_email"]},
        },
        "personalAddress": person["home"],
        "positionTitle": job["position"],
        "ownerBranch": {"id": "7", "name": job["branch"]},
        "employmentType": kinds[job["contract"]],
        "employmentStatus": job["status"],
        "commencementDate": job["start"],
    }


def _bank(person: Json) -> Json:
    accounts = person["accounts"]
    return {"au": [{**each, "remainder": True, "accountOrder": place} for place, each in enumerate(accounts)]}


def _tax(person: Json) -> Json:
    tax = person["tax"]
    return {
        "au": {
            "tfn": tax["tfn"],
            "residencyStatus": tax["residency"],
            "taxFreeThresholdClaimed": tax["threshold"],
            "hecsSupported": tax["loan"],
        }
    }


def _super(person: Json) -> Json:
    return {
        "au": [
            {
                "type": "REGULATED",
                "name": each["fund"],
                "usi": each["usi"],
                "memberNumber": each["member"],
            }
            for each in person["super"]
        ]
    }


PARTS = {b"": _details, b"bank-accounts": _bank, b"tax-details": _tax, b"retirement-savings": _super}

if __name__ == "__main__":
    http_server.run(EnableHr)
