"""The layout of the sandbox's pages: frame, style sheet, tables, escaping."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

STYLE = Path(__file__).with_name("style.css").read_text()
_LINKS = (
    ("/", "Overview"),
    ("/people", "enableHR: people"),
    ("/payroll", "iPayroll: employees"),
    ("/hero", "Employment Hero Payroll"),
    ("/xero-employees", "Xero"),
    ("/mails", "Mails"),
    ("/webhooks", "Webhooks"),
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(
    title: str, body: str, *, here: str = "", status: int = 200, navigation: bool = True
) -> HTMLResponse:
    """Return a whole page; the body is HTML."""
    links = "".join(f'<a href="{path}"{_current(path, here)}>{name}</a>' for path, name in _LINKS)
    header = f'<header><b>Sandbox</b><nav aria-label="Pages">{links}</nav></header>' if navigation else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head>'
        f"<body>{header}<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, headers=_HEADERS)


def _current(path: str, here: str) -> str:
    return ' aria-current="page"' if path == here else ""


def escaped(value: object) -> str:
    """Return a value as escaped text; None is empty."""
    return "" if value is None else escape(str(value))


def table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table; headings are plain, cells are HTML."""
    head = "".join(f'<th scope="col">{escaped(one)}</th>' for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(pairs: list[tuple[str, object]]) -> str:
    """Return names with their values, leaving out empty ones."""
    lines = "".join(
        f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>"
        for name, value in pairs
        if value not in (None, "")
    )
    return f"<dl>{lines}</dl>"


def masked(number: object) -> str:
    """Hide all but the last three characters of a tax or bank number."""
    shown = str(number or "")
    return f"…{shown[-3:]}" if shown else ""
