"""The entry point of ``python -m core``."""

from core.cli.app import app

if __name__ == "__main__":
    app(prog_name="python -m core")
