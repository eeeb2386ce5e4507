"""The OpenAPI document of the API, made from the data set and from what addresses are checked by."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from core.exports.columns import VERSION, Column, ColumnType, Table
from core.exports.data_set import TABLES
from core.exports.files import FileFormat
from web.api_queries import PAGING, QUERIES

TITLE = "iHUB data set"
DESCRIPTION = (
    "Reads what Reports shows: runs, the employees in them, and who the sources list, with the rights of the person "
    "whose token is used. Nothing can be changed by it. Pay, tax, bank, super and birth values are in none of it."
)
TYPES: dict[ColumnType, dict[str, Any]] = {
    ColumnType.NUMBER: {"type": ["integer", "null"]},
    ColumnType.TEXT: {"type": ["string", "null"]},
    ColumnType.ID: {"type": ["string", "null"]},
    ColumnType.TIME: {"type": ["string", "null"], "format": "date-time"},
    ColumnType.DAY: {"type": ["string", "null"], "format": "date"},
    ColumnType.YES_NO: {"type": ["boolean", "null"]},
}
MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSON_LINES: "application/x-ndjson",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}
PROBLEM_TYPE = "application/problem+json"
REFUSALS = {
    "400": "A parameter cannot be used; the detail says which.",
    "401": "There is no token, or it has ended.",
    "403": "The token may not read this table.",
    "404": "There is no such thing in this account.",
    "429": "Too many requests; Retry-After says when to try again.",
}


@cache
def document(origin: str) -> dict[str, Any]:
    """Return the document for the iHUB at an address."""
    paths: dict[str, Any] = {}
    for table in TABLES.values():
        paths[f"/api/v1/{table.name}"] = {"get": _page_operation(table)}
        for file_format in FileFormat:
            paths[f"/api/v1/{table.name}.{file_format}"] = {"get": _file_operation(table, file_format)}
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": str(VERSION), "description": DESCRIPTION},
        "servers": [{"url": origin}],
        "security": [{"token": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "For Excel and Power BI: any user name, the token as the password.",
                },
            },
            "schemas": {"Problem": _PROBLEM} | {table.name: _row_schema(table) for table in TABLES.values()},
        },
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, then what to do."},
    },
}


def _row_schema(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"One row: {table.row}.",
        "required": [column.name for column in table.columns],
        "additionalProperties": False,
        "properties": {column.name: _column_schema(column) for column in table.columns},
    }


def _column_schema(column: Column) -> dict[str, Any]:
    described = {"title": column.heading, "description": column.meaning, "x-class": column.data_class.value}
    return TYPES[column.type] | described


def _page_operation(table: Table) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["table", "version", "rows", "next"],
        "properties": {
            "table": {"const": table.name},
            "version": {"const": VERSION},
            "rows": {"type": "array", "items": {"$ref": f"#/components/schemas/{table.name}"}},
            "next": {
                "type": ["string", "null"],
                "description": "The `page` of the next page; null at the end.",
            },
        },
    }
    return {
        "operationId": f"read_{table.name}",
        "summary": f"A page of {table.title.lower()}",
        "parameters": [*_parameters(table, whole=False), _IF_NONE_MATCH],
        "responses": {
            "200": {
                "description": f"Rows, each {table.row}.",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": body}},
            },
            "304": {"description": "The page is still the one with this ETag."},
            **_refusals(),
        },
    }


_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the page as read before.",
    "schema": {"type": "string"},
}


def _file_operation(table: Table, file_format: FileFormat) -> dict[str, Any]:
    schema = {"type": "string", "contentMediaType": MEDIA_TYPES[file_format]}
    return {
        "operationId": f"download_{table.name}_{file_format}",
        "summary": f"All {table.title.lower()} that match, as {file_format}",
        "parameters": list(_parameters(table, whole=True)),
        "responses": {
            "200": {
                "description": f"Rows, each {table.row}.",
                "content": {MEDIA_TYPES[file_format]: {"schema": schema}},
            },
            **_refusals(),
        },
    }


def _parameters(table: Table, *, whole: bool) -> Iterator[dict[str, Any]]:
    described = QUERIES[table.name].model_json_schema()
    definitions = described.get("$defs", {})
    for name, schema in described["properties"].items():
        if whole and name in PAGING:
            continue
        kept = {key: value for key, value in schema.items() if key not in ("title", "description", "default")}
        choices = [_resolved(each, definitions) for each in kept.pop("anyOf", [])]
        plain = [each for each in choices if each != {"type": "null"}]
        yield {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema["description"],
            "schema": plain[0] if plain else kept,
        }


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    named = definitions[schema["$ref"].rpartition("/")[2]]
    return {"type": named["type"], "enum": named["enum"]}


def _refusals() -> dict[str, Any]:
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": why, "content": content} for status, why in REFUSALS.items()}
