# Every target prepares what it needs; Python 3.11 or newer is all that has to be there.
#   make run        start iHUB with its demo systems on http://localhost:8501 (DEMO=0: without them)
#   make test       run every test
#   make quick      run the quick tests: no browser, no launched iHUB, no PostgreSQL, no pages, no commands
#   make check      run all checks of the source
#   make fix        sort imports, format, apply the linter's safe fixes
#   make coverage   run the tests of `make quick`; the lines that they do not reach go to build/coverage
#   make bench      measure what users run against a floor and a plain script (EMPLOYEES=, ONLY=)
#   make bench-peers  measure dlt and Singer too, which it installs into build
#   make bench-web  let 50 and 100 people click on one web process; what they wait for (PEOPLE=, SECONDS=)
#   make bench-many  simulate 10,000 accounts and measure 300 real schedules (SCHEDULES=, MINUTES=, ROUNDS=)
#   make bench-reports  fill stores with millions of records; how quick pages and exports are (RECORDS=, RUNS=, STORE=)
#   make proofs     play generated companies whose real people are known (SEED=, COMPANIES=), and kill each process in turn
#   make lock       write the requirements with hashes after requirements.in or requirements-dev.in has changed
#   make clean      remove what the others made, but not .ihub

VENV := .venv/bin
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0
QUICK := -m "not browser and not processes and not postgresql and not slow and not timing"
SCALE = $(if $(EMPLOYEES),--employees $(EMPLOYEES)) $(if $(ONLY),--only $(ONLY))
ifdef DEMO
export IHUB_DEMO := $(DEMO)
endif

.PHONY: run test quick check fix coverage bench bench-peers bench-web bench-many bench-reports proofs lock clean environment dev-environment

run: environment
	@exec $(VENV)/python -m core.operations.launcher

# Tests start iHUB hundreds of times; what they import is compiled once, also where the environment says otherwise.
test quick coverage: export PYTHONDONTWRITEBYTECODE :=

test: dev-environment
	@$(VENV)/python -m tools.machine
	$(VENV)/python -m pytest -q $(PARALLEL) -p tools.second_try --durations=25

quick: dev-environment
	$(VENV)/python -m pytest -q $(PARALLEL) $(QUICK)

check: dev-environment
	@$(VENV)/python -m tools.machine
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m tools.migrations
	$(VENV)/python -m tools.advisories
	@$(VENV)/python -m tools.long_modules

fix: dev-environment
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

coverage: dev-environment
	$(VENV)/coverage erase
	$(VENV)/coverage run -m pytest -q $(PARALLEL) $(QUICK)
	$(VENV)/coverage combine --quiet
	$(VENV)/coverage html --quiet
	$(VENV)/coverage report --skip-covered

bench: dev-environment
	$(VENV)/python -m bench $(SCALE)

bench-peers: dev-environment
	$(VENV)/python -m bench --peers $(SCALE)

bench-web: dev-environment
	$(VENV)/python -m bench.web $(if $(PEOPLE),--people $(PEOPLE)) $(if $(SECONDS),--seconds $(SECONDS))

bench-many: dev-environment
	$(VENV)/python -m bench.many $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-reports: dev-environment
	$(VENV)/python -m bench.reports $(if $(RECORDS),--records $(RECORDS)) $(if $(RUNS),--runs $(RUNS)) $(if $(STORE),--store $(STORE))

proofs: dev-environment
	EACH_IN_TURN=1 $(VENV)/python -m pytest -q tests/processes/test_several_machines.py
	$(VENV)/python -m bench.proofs --record $(if $(SEED),--seed $(SEED)) $(if $(COMPANIES),--companies $(COMPANIES))

lock: dev-environment
	$(VENV)/python -m tools.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@python=$$(sh tools/python.sh) && "$$python" -m tools.environment run

dev-environment:
	@python=$$(sh tools/python.sh) && "$$python" -m tools.environment dev
