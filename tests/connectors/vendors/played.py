"""Stand-ins of six vendors, each with a store of its own that creates and updates what is sent."""

from __future__ import annotations

import re
from typing import Any

from tests.connectors.vendor import Answer, Asked

Json = dict[str, Any]


def merged(old: Json, new: Json) -> Json:
    """Return an object with those of another in it, as systems do that keep what is not sent."""
    both = {
        name: merged(old[name], value)
        if isinstance(value, dict) and isinstance(old.get(name), dict)
        else value
        for name, value in new.items()
    }
    return old | both


class Played:
    """A vendor; ``people`` are by id, as it keeps them."""

    def __init__(self) -> None:
        self.people: dict[str, Json] = {}

    def add(self, sent: Json) -> str:
        key = str(len(self.people) + 1)
        self.people[key] = sent
        return key

    def reply(self, asked: Asked) -> Answer:
        return self.by_id(asked, match[1]) if (match := self.one.match(asked.path)) else self.whole(asked)

    one = re.compile(r"/nobody/(\w+)$")

    def by_id(self, asked: Asked, key: str) -> Answer:
        raise NotImplementedError

    def whole(self, asked: Asked) -> Answer:
        raise NotImplementedError


class HiBob(Played):
    """Lists and reads by POST; ends an employment by a request of its own."""

    one = re.compile(r"/v1/(?:people|employees)/(\d+)")

    def whole(self, asked: Asked) -> Answer:
        if asked.path == "/v1/people/search":
            assert asked.method == "POST" and asked.json["showInactive"] is True
            return Answer(200, {"employees": [self.shown(key) for key in self.people]})
        assert (asked.method, asked.path) == ("POST", "/v1/people")
        return Answer(200, {"id": self.add(asked.json)})

    def by_id(self, asked: Asked, key: str) -> Answer:
        if asked.path.endswith("/terminate"):
            self.people[key] = merged(self.people[key], {"internal": asked.json})
            return Answer(200)
        if asked.method == "PUT":
            self.people[key] = merged(self.people[key], asked.json)
            return Answer(200)
        assert asked.method == "POST"
        return Answer(200, self.shown(key)) if key in self.people else Answer(404)

    def shown(self, key: str) -> Json:
        return {"id": key, **self.people[key]}


class BambooHR(Played):
    """The list is a summary, the id is named otherwise in details, a blank date is a word, refusals are in a header."""

    one = re.compile(r"/h/v1/employees/(\d+)$")

    def whole(self, asked: Asked) -> Answer:
        if asked.path == "/h/v1/employees/directory":
            listed = [{"id": key, "displayName": each["lastName"]} for key, each in self.people.items()]
            return Answer(200, {"fields": [{"id": "displayName"}], "employees": listed})
        if asked.json["lastName"] == "Refused":
            return Answer(409, None, {"X-BambooHR-Error-Message": "Employee number is taken"})
        key = self.add(asked.json)
        return Answer(201, None, {"Location": f"https://api.bamboohr.com/h/v1/employees/{key}"})

    def by_id(self, asked: Asked, key: str) -> Answer:
        if key not in self.people:
            return Answer(404)
        if asked.method == "POST":
            self.people[key] = merged(self.people[key], asked.json)
            return Answer(200)
        names = asked.query["fields"].split(",")
        return Answer(
            200,
            {"employeeId": key}
            | {name: self.people[key].get(name, "0000-00-00" if "Date" in name else None) for name in names},
        )


class Personio(Played):
    """Shows every value inside an object, takes them plain, and has its own fields under a number."""

    one = re.compile(r"/v1/company/employees/(\d+)$")

    def whole(self, asked: Asked) -> Answer:
        if asked.path == "/v1/auth":
            return Answer(200, {"success": True, "data": {"token": "T"}})
        assert asked.headers["x-personio-partner-id"] == "IHUB"
        if asked.method == "POST":
            return Answer(201, {"success": True, "data": {"id": int(self.add(asked.json["employee"]))}})
        offset, limit = int(asked.query.get("offset", 0)), int(asked.query["limit"])
        listed = [self.shown(key) for key in list(self.people)[offset : offset + limit]]
        return Answer(
            200, {"success": True, "metadata": {"total_elements": len(self.people)}, "data": listed}
        )

    def by_id(self, asked: Asked, key: str) -> Answer:
        if key not in self.people:
            return Answer(404, {"success": False, "error": {"message": "Not found"}})
        if asked.method == "PATCH":
            self.people[key] = merged(self.people[key], asked.json["employee"])
            return Answer(200, {"success": True, "data": {"id": int(key), "message": "success"}})
        return Answer(200, {"success": True, "data": self.shown(key)})

    def shown(self, key: str) -> Json:
        plain = {"id": int(key), **self.people[key]}
        own = plain.pop("custom_attributes", {})
        return {
            "type": "Employee",
            "attributes": {name: {"label": name, "value": value} for name, value in {**plain, **own}.items()},
        }


class Okta(Played):
    """Finds by a search in the query, follows Link headers, and has a request of its own for an end."""

    one = re.compile(r"/api/v1/users/(\w+)")

    def whole(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            if not asked.json["profile"].get("email"):
                return Answer(
                    400,
                    {
                        "errorSummary": "Api validation failed",
                        "errorCauses": [{"errorSummary": "email: missing"}],
                    },
                )
            return Answer(200, self.shown(self.add(asked.json | {"status": "ACTIVE"})))
        search = asked.query.get("search", "")
        if match := re.search(r'employeeNumber eq "(.*)"', search):
            found = [
                key for key, each in self.people.items() if each["profile"]["employeeNumber"] == match[1]
            ]
            return Answer(200, [self.shown(key) for key in found])
        first = int(asked.query.get("after", 0))
        keys = list(self.people)
        more = first + 1 < len(keys)
        link = {"Link": f'</api/v1/users?after={first + 1}>; rel="next"'} if more else {}
        return Answer(200, [self.shown(key) for key in keys[first : first + 1]], link)

    def by_id(self, asked: Asked, key: str) -> Answer:
        if key not in self.people:
            return Answer(404, {"errorCode": "E0000007"})
        if asked.path.endswith("/deactivate"):
            self.people[key]["status"] = "DEPROVISIONED"
            return Answer(200, {})
        if asked.method == "POST":
            assert "status" not in asked.json
            self.people[key] = merged(self.people[key], asked.json)
        return Answer(200, self.shown(key))

    def shown(self, key: str) -> Json:
        return {"id": key, **self.people[key]}


class XeroAU(Played):
    """Takes and shows arrays of one; the list leaves out the bank account and the tax declaration."""

    one = re.compile(r"/payroll.xro/1.0/Employees/([\w-]+)$")

    def whole(self, asked: Asked) -> Answer:
        if asked.path == "/connections":
            tenants = [
                {"tenantId": "t-1", "tenantName": "Harbour"},
                {"tenantId": "t-2", "tenantName": "Fishing"},
            ]
            return Answer(200, tenants)
        assert asked.headers["xero-tenant-id"] == "t-1"
        if asked.method == "POST":
            [sent] = asked.json
            return Answer(200, {"Employees": [self.shown(self.add(sent), whole=False)]})
        keys = list(self.people) if asked.query["page"] == "1" else []
        return Answer(200, {"Employees": [self.shown(key, whole=False) for key in keys]})

    def by_id(self, asked: Asked, key: str) -> Answer:
        number = key.removeprefix("e-")
        if number not in self.people:
            return Answer(404, {"Message": "Not found"})
        if asked.method == "POST":
            self.people[number] = merged(self.people[number], asked.json[0])
        return Answer(200, {"Employees": [self.shown(number, whole=True)]})

    def shown(self, key: str, *, whole: bool) -> Json:
        parts = (
            self.people[key]
            if whole
            else {
                name: value for name, value in self.people[key].items() if not isinstance(value, dict | list)
            }
        )
        return {"EmployeeID": f"e-{key}", **parts}


class XeroNZ(Played):
    """Answers with the employee inside an object, under another name in the list."""

    one = re.compile(r"/payroll.xro/2.0/Employees/([\w-]+)$")

    def whole(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(200, {"employee": self.shown(self.add(asked.json))})
        pages = {"pageCount": 1, "itemCount": len(self.people), "page": 1}
        return Answer(200, {"pagination": pages, "employees": [self.shown(key) for key in self.people]})

    def by_id(self, asked: Asked, key: str) -> Answer:
        number = key.removeprefix("e-")
        if number not in self.people:
            return Answer(404, {"problem": {"title": "NotFound"}})
        if asked.method == "PUT":
            assert "updatedDateUTC" not in asked.json
            self.people[number] = {name: value for name, value in asked.json.items() if name != "employeeID"}
        return Answer(200, {"employee": self.shown(number)})

    def shown(self, key: str) -> Json:
        kept = {"gender": "F", "updatedDateUTC": "2026-01-01T00:00:00Z"}
        dates = {
            name: f"{value}T00:00:00" for name, value in self.people[key].items() if name.endswith("Date")
        }
        return {"employeeID": f"e-{key}", **kept, **self.people[key], **dates}
