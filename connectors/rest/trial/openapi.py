"""Read a vendor's interface description (OpenAPI 3, or Swagger 2): its requests and the form of what they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Json = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
_BRACES = re.compile(r"\{[^{}]*\}")
_DEEPEST = 40


class OpenApiError(Exception):
    """An interface description cannot be read; the message says why."""


class Operation(NamedTuple):
    """One request of an interface description."""

    method: str
    path: str
    described: Json


@dataclass(frozen=True)
class OpenApi:
    """An interface description."""

    document: Json

    @property
    def servers(self) -> list[str]:
        """Return the addresses of the system."""
        if "swagger" in self.document:
            scheme = next(iter(self.document.get("schemes") or ("https",)))
            host = self.document.get("host", "api.example.com")
            return [f"{scheme}://{host}{str(self.document.get('basePath', '')).rstrip('/')}"]
        return [str(server.get("url", "")).rstrip("/") for server in self.document.get("servers") or ()]

    @property
    def operations(self) -> Iterator[Operation]:
        """Yield all requests."""
        for path, item in (self.document.get("paths") or {}).items():
            item = self.resolved(item)  # noqa: PLW2901 - a path may be described elsewhere
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    shared = {
                        "parameters": [*item.get("parameters", ()), *item[method].get("parameters", ())]
                    }
                    yield Operation(method.upper(), str(path), {**item[method], **shared})

    def find(self, method: str, path: str) -> Operation | None:
        """Return the request at a path, whatever the names in its braces and whatever base path stands before it."""
        wanted = _BRACES.sub("{}", path)
        bases = {"", *(_base_path(server) for server in self.servers)}
        for operation in self.operations:
            shape = _BRACES.sub("{}", operation.path)
            if operation.method == method and any(wanted == base + shape for base in bases):
                return operation
        return None

    def resolved(self, part: Any) -> Json:
        """Return a part of the description in the place of a reference to it."""
        for _ in range(_DEEPEST):
            if not isinstance(part, Mapping) or "$ref" not in part:
                break
            part = self._referenced(str(part["$ref"]))
        return part if isinstance(part, Mapping) else {}

    def _referenced(self, reference: str) -> Any:
        part: Any = self.document
        for name in reference.removeprefix("#/").split("/"):
            key = name.replace("~1", "/").replace("~0", "~")
            part = part.get(key, {}) if isinstance(part, Mapping) else {}
        return part

    def schema(self, part: Any, seen: frozenset[str] = frozenset()) -> Json:
        """Return a schema with its references resolved, and those that it is put together of in one.

        ``seen`` are the references that led to it: one that leads back to itself adds nothing.
        """
        reference = part.get("$ref") if isinstance(part, Mapping) else None
        if reference in seen:
            return {}
        seen |= {str(reference)} if reference else frozenset()
        schema = self.resolved(part)
        parts = [self.schema(each, seen) for each in schema.get("allOf") or ()]
        choices = (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
        chosen = next((self.schema(each, seen) for each in choices), None)
        if not parts and chosen is None:
            return schema
        properties: dict[str, Any] = {}
        required: list[str] = []
        whole: dict[str, Any] = {}
        for each in (
            *parts,
            *((chosen,) if chosen else ()),
            {k: v for k, v in schema.items() if k != "allOf"},
        ):
            properties |= each.get("properties") or {}
            required += each.get("required") or ()
            whole |= each
        return {**whole, "properties": properties, "required": required}

    def request_schema(self, operation: Operation) -> Json | None:
        """Return the form of what a request carries; None where it carries nothing."""
        if body := self.resolved(operation.described.get("requestBody")):
            return self._content(body)
        for parameter in map(self.resolved, operation.described.get("parameters") or ()):
            if parameter.get("in") == "body":
                return self.schema(parameter.get("schema"))
        return None

    def response(self, operation: Operation) -> tuple[Json | None, Any]:
        """Return the form of a successful response, and an example of it, where there are such."""
        responses = operation.described.get("responses") or {}
        codes = [code for code in responses if str(code).startswith("2")]
        if not codes:
            return None, None
        response = self.resolved(responses[codes[0]])
        media = self._media(response)
        schema = self._content(response) if media or "schema" in response else None
        examples = media.get("examples") or {}
        named = next((self.resolved(each).get("value") for each in examples.values()), None)
        return schema, media.get("example", named)

    def _content(self, part: Json) -> Json:
        return self.schema(self._media(part).get("schema", part.get("schema")))

    def _media(self, part: Json) -> Json:
        content = part.get("content") or {}
        kinds = [kind for kind in content if "json" in kind] or list(content)
        return self.resolved(content[kinds[0]]) if kinds else {}

    def parameters(self, operation: Operation, place: str) -> list[Json]:
        """Return the parameters of a request in its path, query or headers."""
        found = map(self.resolved, operation.described.get("parameters") or ())
        return [parameter for parameter in found if parameter.get("in") == place]


def _base_path(server: str) -> str:
    return re.sub(r"^[a-z]+://[^/]*", "", server).rstrip("/")


def read_openapi(file: Path) -> OpenApi:
    """Read an interface description in JSON or YAML. Raises OpenApiError."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise OpenApiError(f"The file {file} cannot be read.") from None
    try:
        document = orjson.loads(text) if text.lstrip().startswith("{") else YAML(typ="safe").load(text)
    except (orjson.JSONDecodeError, YAMLError, ValueError):
        raise OpenApiError(f"The file {file} is neither JSON nor YAML.") from None
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise OpenApiError(f"The file {file} is no OpenAPI description: it has no `paths`.")
    return OpenApi(document)
