"""Run a failed browser or process test once more, alone; loaded with ``-p tools.second_try``.

Such a test needs real browsers, ports and processes, and can fail because the machine was busy. When all tests have
ended, each of them that failed runs again in a pytest process of its own. If it passes, it counts as passed, and is
listed as flaky with both outcomes, in the output and in build/flaky.txt. If it fails again, it counts as failed. Every
other test has one try.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

MARKERS = frozenset({"browser", "processes"})
LIST = Path("build") / "flaky.txt"
# pytest's closing line when the test has passed; it ends with 0 after a skipped test too.
PASSED = re.compile(r"^1 passed\b", re.MULTILINE)
Reports = list[pytest.TestReport]


@dataclass(frozen=True)
class SecondTry:
    """Both outcomes of a test that failed at first."""

    nodeid: str
    first: Reports
    passed: bool
    output: str

    def __str__(self) -> str:
        """Return both outcomes as one line."""
        first = ", ".join(f"failed in {report.when} ({_reason(report)})" for report in self.first)
        return f"{self.nodeid}: first {first}; then, alone, {self.output.splitlines()[-1]}"


class SecondTries:
    """Runs failed tests again, and corrects what pytest reports about them."""

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        self._tries: list[SecondTry] = []
        self._complete = True
        (self._root / LIST).unlink(missing_ok=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object | None) -> None:
        """Notice that a process of pytest-xdist died, so that some tests have not run."""
        self._complete = self._complete and error is None

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Run again what may run again, after the last test."""
        if not self._complete and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if not self._complete or exitstatus != pytest.ExitCode.TESTS_FAILED or session.shouldfail:
            return
        reporter: pytest.TerminalReporter = session.config.pluginmanager.getplugin("terminalreporter")
        failures = _failures(reporter)
        self._tries = [self._run_again(reporter, reports) for reports in failures if _has_second_try(reports)]
        flaky = [each for each in self._tries if each.passed]
        for each in flaky:
            _count_as_passed(reporter, each)
        if flaky:
            (self._root / LIST).parent.mkdir(exist_ok=True)
            (self._root / LIST).write_text("".join(f"{each}\n" for each in flaky))
        if len(flaky) == len(failures):
            session.exitstatus = pytest.ExitCode.OK

    def _run_again(self, reporter: pytest.TerminalReporter, reports: Reports) -> SecondTry:
        nodeid = reports[0].nodeid
        reporter.write_line(f"\nOnce more, alone: {nodeid}")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", nodeid]
        done = subprocess.run(command, cwd=self._root, capture_output=True, text=True, check=False)
        output = done.stdout.strip() or f"ended with exit code {done.returncode}: {done.stderr.strip()}"
        passed = done.returncode == pytest.ExitCode.OK and PASSED.search(output) is not None
        return SecondTry(nodeid, reports, passed, output)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print both outcomes of every test that ran again; say so when tests are missing."""
        if not self._complete:
            terminalreporter.write_line("A test process died: not every test has run.", red=True)
        for each in self._tries:
            terminalreporter.section("flaky" if each.passed else "failed twice")
            terminalreporter.write_line(str(each))
            if each.passed:
                terminalreporter.write_line("\n".join(report.longreprtext for report in each.first))
            else:
                terminalreporter.write_line(each.output)


def _failures(reporter: pytest.TerminalReporter) -> list[Reports]:
    """Return the failed reports of each test; a test can fail in its call and again in its teardown."""
    failures: dict[str, Reports] = {}
    for report in (*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())):
        failures.setdefault(report.nodeid, []).append(report)
    return list(failures.values())


def _has_second_try(reports: Reports) -> bool:
    return any(MARKERS & set(getattr(report, "keywords", ())) for report in reports)


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines: list[str] = (crash.message if crash else report.longreprtext).strip().splitlines()
    return lines[0] if lines else "no message"


def _count_as_passed(reporter: pytest.TerminalReporter, flaky: SecondTry) -> None:
    """Correct pytest's counts: the test has passed; it is counted as flaky beside that."""
    for key in ("failed", "error", "passed"):
        kept = [report for report in reporter.stats.pop(key, ()) if report.nodeid != flaky.nodeid]
        if kept:
            reporter.stats[key] = kept
    for key in ("passed", "flaky"):
        reporter.stats.setdefault(key, []).append(flaky.first[0])
    reporter._set_main_color()  # pytest looks for new keys only while tests report


def pytest_configure(config: pytest.Config) -> None:
    """Start in the process that reports, not in those that only run tests."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTries(config), "second-tries")
