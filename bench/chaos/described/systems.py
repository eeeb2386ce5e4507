"""The described systems of a customer as programs. Both keep a journal, so that they may be killed."""

from __future__ import annotations

from pathlib import Path

from bench.chaos.described.customer import DescribedCustomer
from bench.chaos.described.misbehaviour import STEADY
from harness.postgres import free_port

EMPLOYEES = 300


class DescribedSystems:
    """An HR system that behaves, and a payroll that misbehaves as ``steady`` says."""

    def __init__(self, number: int, seed: int, steady: str, employees: int = EMPLOYEES) -> None:
        self._number, self._seed, self._steady, self._employees = number, seed, steady, employees
        self._ports = {"hr": free_port(), "payroll": free_port()}

    def programs(self, folder: Path) -> dict[str, list[str]]:
        """Return both programs."""
        return {f"{system}{self._number}": self._command(system, folder) for system in self._ports}

    def _command(self, system: str, folder: Path) -> list[str]:
        options = {
            "--port": self._ports[system],
            "--state": folder / f"{system}{self._number}.jsonl",
            "--seed": self._seed,
            "--steady": self._steady if system == "payroll" else "described",
        }
        words = (str(word) for option in options.items() for word in option)
        return ["-m", "bench.chaos.described", system, *words]

    def customer(self) -> DescribedCustomer:
        """Return the customer, once the HR system responds."""
        hr, payroll = (f"http://127.0.0.1:{port}" for port in self._ports.values())
        return DescribedCustomer(self._number, hr, payroll, self._employees, STEADY[self._steady])
