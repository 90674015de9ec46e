# make report   the three worksheet reports in reports/, as .tex and .pdf
# make test     ruff, pyright, pytest
# Both set up what they need, on a machine that has nothing but Python 3.11-3.13 and this folder.

PYTHON ?= $(firstword $(foreach p,python3 python3.11 python3.12 python3.13,$(shell \
    $(p) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) and print("$(p)")' 2>/dev/null)))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help report test test-cluster tex lint golden operators clean test-large bench-counts bench-relu bench-backprop bench-audit bench-import fuzz-audit fuzz sweep
.DELETE_ON_ERROR:

report: .venv/runtime tex  ## the three worksheet reports in reports/
	$(BIN)/symnet report all

test: .venv/dev lint  ## ruff, pyright, the arrows of the house, pytest
	$(BIN)/pytest

test-large: .venv/dev  ## thousands of mutated certificates, hundreds of claims with z3, layers of torch with mixtures of their options: some minutes
	$(BIN)/pytest -s tests/relu/large.py tests/readers/large.py

test-cluster: .venv/dev  ## the regions of a network found on a Dask cluster of this machine
	$(PIP) install --constraint constraints.txt --group cluster
	$(BIN)/pytest tests/relu/test_cluster.py

lint: .venv/dev  ## ruff, pyright, the arrows of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pytest tests/test_house.py

help:  ## this list
	@grep -hE '^[a-z-]+:.*##|^[a-z-]+ *:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | sort | expand -t 18

golden: .venv/dev  ## renew the expected LaTeX after looking at the difference
	$(BIN)/pytest --update-golden

operators: .venv/dev  ## docs/operators.md: what each operator can do, tried
	$(BIN)/pytest tests/backprop/test_matrix.py --update-golden

bench-counts: .venv/dev  ## symnet.counts against torchinfo, fvcore, thop, calflops, ptflops, torch, each in .bench/
	$(BIN)/python -m benchmarks.counts --write

bench-import: .venv/dev  ## how long a fresh Python takes to import symnet, beside SymPy
	$(BIN)/python -m benchmarks.imports --write

sweep: .venv/dev  ## every classifier of torchvision, sixty of timm: read whole; half an hour, in .bench/
	$(BIN)/python -m benchmarks.sweep --write

bench-audit: .venv/dev  ## the audit's figures, and readers beside it, each in .bench/; writes benchmarks/README.md
	$(BIN)/python -m benchmarks.audit --write

fuzz-audit: .venv/dev  ## ten minutes of hostile documents: atheris in .bench/ where it installs
	$(BIN)/python -m benchmarks.audit_fuzz 300
	$(BIN)/python -m benchmarks.audit_fuzz 300 --coverage

MINUTES ?= 10
fuzz: .venv/dev  ## hostile files of every format through the command line: make fuzz MINUTES=10
	$(BIN)/python -m benchmarks.fuzz $(MINUTES)

.venv/pip:
	@test -n "$(PYTHON)" || { echo "symnet needs Python 3.11, 3.12 or 3.13: install one, or name it: make PYTHON=/path/to/python3.12"; exit 2; }
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

.venv/runtime: .venv/pip pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/dev: .venv/runtime
	$(PIP) install --constraint constraints.txt --group dev
	@touch $@

.PHONY: bench-backprop
bench-backprop: .venv/dev  ## symnet.backprop against tensorgrad, PyTensor, JAX and SymPy, each in .bench/
	$(BIN)/python -m benchmarks.backprop --write

TEX := texlive-latex-recommended texlive-pictures lmodern
tex:  ## pdflatex: Debian and Ubuntu install it here (70 MB), elsewhere this says what is missing
	@kpsewhich pgfplots.sty lmodern.sty >/dev/null 2>&1 && command -v pdflatex >/dev/null && exit 0; \
	if ! command -v apt-get >/dev/null; then \
	    echo "no pdflatex: the reports are written as .tex only. Install TeX Live with pgfplots and lmodern for the PDFs."; exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as="sudo -n"; else \
	    echo "no pdflatex, and no right to install it: the reports are written as .tex only. For the PDFs: sudo apt-get install $(TEX)"; exit 0; fi; \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -qq -y --no-install-recommends $(TEX) >/dev/null \
	    || echo "installing TeX failed: the reports are written as .tex only. For the PDFs: apt-get install $(TEX)"

clean:  ## remove the environment and the caches
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis

bench-relu: .venv/dev  ## symnet.relu against z3, cvc5, PPL, affinitree, parx, each in .bench/; writes benchmarks/README.md
	$(BIN)/python -m benchmarks.relu --write
