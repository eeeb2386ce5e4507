"""The HR system as a Singer tap. Run by the environment of ``make bench-peers``; the address is in SOURCE."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from singer_sdk import Tap
from singer_sdk.pagination import BasePageNumberPaginator
from singer_sdk.streams import RESTStream

from bench.baselines import measuring
from bench.people import employee


def _schema(value: Any) -> dict[str, Any]:
    """Return a JSON schema that a value fits."""
    if isinstance(value, dict):
        return {
            "type": ["object", "null"],
            "properties": {name: _schema(each) for name, each in value.items()},
        }
    if isinstance(value, list):
        return {"type": ["array", "null"], "items": _schema(value[0])}
    return {"type": ["boolean" if isinstance(value, bool) else "string", "null"]}


class Pages(BasePageNumberPaginator):  # type: ignore[misc, unused-ignore]
    """Pages by number, until the last one."""

    def has_more(self, response: Any) -> bool:
        """Say whether there is another page."""
        return bool(self.current_value + 1 < response.json()["pages"])


class People(RESTStream):  # type: ignore[misc, type-arg, unused-ignore]
    """The employees of the HR system."""

    name, path, primary_keys, records_jsonpath = "people", "/people", ("id",), "$.people[*]"
    schema = _schema(employee(0))
    url_base = os.environ.get("SOURCE", "")

    @property
    def http_headers(self) -> dict[str, str]:
        """Return the key."""
        return {"X-Key": "bench"}

    def get_new_paginator(self) -> Pages:
        """Begin at the first page."""
        return Pages(start_value=0)

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, Any]:
        """Return the query of a page."""
        return {"page": next_page_token or 0, "size": 200}


class HrTap(Tap):  # type: ignore[misc, unused-ignore]
    """The tap."""

    name = "tap-bench"
    config_jsonschema: ClassVar[dict[str, Any]] = {"properties": {}}

    def discover_streams(self) -> list[Any]:
        """Return the one stream."""
        return [People(self)]


if __name__ == "__main__":
    measuring.measure(lambda: HrTap.cli([]))
