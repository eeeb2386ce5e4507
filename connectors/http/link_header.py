"""Find the next page of a list in a Link header (RFC 8288)."""

from __future__ import annotations

import re

# One link of a Link header (RFC 8288, section 3), and one of its parameters. Some systems send single quotes.
_PARAMETER = r"""\s*;\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;,"']*)\s*)?"""
LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER}|\s*;)*)")
LINK_PARAMETER = re.compile(_PARAMETER)


def next_link(links: str) -> str | None:
    """Return the address of the next page; None where there is none."""
    for link in LINK.finditer(links):
        parameters = LINK_PARAMETER.findall(link[2])
        relation = next((value for name, value in parameters if name.casefold() == "rel"), "")
        if "next" in relation.strip("\"'").casefold().split():
            return link[1].strip()
    return None
