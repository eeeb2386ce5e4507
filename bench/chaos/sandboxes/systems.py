"""The sandbox of a customer as a program: both systems in one."""

from __future__ import annotations

from pathlib import Path

from bench.chaos.sandboxes.customer import SandboxCustomer
from harness.postgres import free_port


class SandboxSystems:
    """The demo systems of one customer, filled from a seed."""

    def __init__(self, number: int, seed: int, employees: int = 80) -> None:
        self._number, self._seed, self._employees, self._port = number, seed, employees, free_port()

    def programs(self, folder: Path) -> dict[str, list[str]]:
        """Return the one program."""
        name = f"sandbox{self._number}"
        options = {
            "--port": self._port,
            "--state": folder / f"{name}.db",
            "--seed": self._seed,
            "--employees": self._employees,
        }
        return {name: ["-m", "sandbox", *(str(word) for option in options.items() for word in option)]}

    def customer(self) -> SandboxCustomer:
        """Return the customer, once the sandbox responds."""
        return SandboxCustomer(self._number, f"http://127.0.0.1:{self._port}", self._seed)
