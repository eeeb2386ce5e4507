# Every target prepares what it needs; Python 3.11 or newer is all that has to be there.
#   make run     start iHUB with its demo systems on http://localhost:8501 (DEMO=0: without them)
#   make test    run all tests          make check   run all checks of the source
#   make bench   measure                make clean   remove what the others made, but not .ihub

VENV := .venv/bin
ifdef DEMO
export IHUB_DEMO := $(DEMO)
endif

.PHONY: run test check bench clean environment dev-environment

run: environment
	@exec $(VENV)/python -m core.operations.launcher

test: dev-environment
	@$(VENV)/python -m tools.machine
	$(VENV)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

check: dev-environment
	@$(VENV)/python -m tools.machine
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m tools.migrations
	$(VENV)/python -m tools.advisories

bench: dev-environment
	$(VENV)/python -m bench

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@python=$$(sh tools/python.sh) && "$$python" -m tools.environment run

dev-environment:
	@python=$$(sh tools/python.sh) && "$$python" -m tools.environment dev
