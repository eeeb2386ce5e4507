"""Propose how to sign in to a system from its interface description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.rest.trial.openapi import Json, OpenApi


def authorisation_lines(api: OpenApi, base: str) -> list[str]:
    """Return the lines of a file about the sign-in: the first way that iHUB knows."""
    components = api.document.get("components") or {}
    schemes = components.get("securitySchemes") or api.document.get("securityDefinitions") or {}
    found = [line for line in (_scheme(api.resolved(each), base) for each in schemes.values()) if line]
    if not found:
        return ["authorisation: {kind: bearer}  # CHECK: the description does not say how to sign in"]
    return [f"authorisation: {found[0]}", *(f"# or: authorisation: {line}" for line in found[1:])]


def _scheme(scheme: Json, base: str) -> str | None:
    kind = scheme.get("type")
    if kind == "http":
        word = str(scheme.get("scheme", "")).casefold()
        return {"bearer": "{kind: bearer}", "basic": "{kind: basic}"}.get(word)
    if kind == "basic":
        return "{kind: basic}"
    if kind == "apiKey" and scheme.get("in") == "header":
        name = scheme.get("name", "X-API-Key")
        return f"{{kind: header, header: {name}}}"
    return _oauth(_flows(scheme), base) if kind == "oauth2" else None


def _flows(scheme: Json) -> Mapping[str, Any]:
    if "flow" not in scheme:
        return scheme.get("flows") or {}
    names = {"accessCode": "authorizationCode", "application": "clientCredentials"}
    return {names.get(str(scheme["flow"]), str(scheme["flow"])): scheme}


def _oauth(flows: Mapping[str, Any], base: str) -> str | None:
    if flow := flows.get("authorizationCode"):
        signs_in, tokens = urlsplit(str(flow.get("authorizationUrl"))), urlsplit(str(flow.get("tokenUrl")))
        parts = ["kind: oauth2", *_own_address("url", signs_in, base)]
        if tokens.netloc and tokens.netloc != signs_in.netloc:
            parts.append(f"token_url: {tokens.scheme}://{tokens.netloc}")
        parts += [f"authorize_path: {signs_in.path or '/'}", f"token_path: {tokens.path or '/'}"]
        return f"{{{', '.join([*parts, *_scopes(flow)])}}}"
    if flow := flows.get("clientCredentials"):
        tokens = urlsplit(str(flow.get("tokenUrl")))
        parts = [
            "kind: client_credentials",
            *_own_address("url", tokens, base),
            f"token_path: {tokens.path or '/'}",
        ]
        return f"{{{', '.join([*parts, *_scopes(flow)])}}}"
    return None


def _own_address(key: str, address: Any, base: str) -> list[str]:
    is_other = address.netloc and address.netloc != urlsplit(base).netloc
    return [f"{key}: {address.scheme}://{address.netloc}"] if is_other else []


def _scopes(flow: Json) -> list[str]:
    about_people = [scope for scope in flow.get("scopes") or () if "employee" in scope or "offline" in scope]
    return [f"scopes: [{', '.join(about_people)}]"] if about_people else []
