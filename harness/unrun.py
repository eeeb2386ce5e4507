"""List the tests that could not run, with the reason; on CI that is a failure."""

from __future__ import annotations

import os

import pytest

unrun: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record a skipped test."""
    if report.skipped and not hasattr(report, "wasxfail"):
        unrun[report.nodeid] = _reason(report.longrepr)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Record a module that was skipped as a whole."""
    if report.skipped:
        unrun[report.nodeid] = _reason(report.longrepr)


def _reason(longrepr: object) -> str:
    reason = longrepr[2] if isinstance(longrepr, tuple | list) else longrepr
    return str(reason).removeprefix("Skipped: ")


def _fails() -> bool:
    return bool(unrun) and bool(os.environ.get("CI"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session on CI when something could not run; a plugin may have changed the result before."""
    if session.exitstatus == pytest.ExitCode.OK and _fails():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the list."""
    if not unrun:
        terminalreporter.write_line("Every test could run.")
        return
    terminalreporter.section("could not run")
    for test, reason in sorted(unrun.items()):
        terminalreporter.write_line(f"{test}: {reason}")
    if _fails():
        terminalreporter.write_line(f"{len(unrun)} could not run. On CI that is a failure.", red=True)
