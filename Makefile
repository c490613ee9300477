# Targets only; what they do is written in scripts/.
PYTHON ?= python3

.PHONY: help demo test test-mysql check bench faults lock clean

help:        ## What can be asked for.
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

demo:        ## The whole product on this machine, seeded, without any server of its own.
	@exec $(PYTHON) scripts/demo.py

test:        ## Everything: lint, types, the suite on the databases, Chromium.
	@exec $(PYTHON) scripts/test.py

test-mysql:  ## The whole suite on a real MySQL with Redis, nothing else.
	@exec $(PYTHON) scripts/test.py suite

check:       ## Format, lint, types, migrations, templates: no test.
	@exec $(PYTHON) scripts/test.py check

bench:       ## How fast it is, as ratios (SCALE=10m for ten million messages).
	@exec $(PYTHON) scripts/bench.py

faults:      ## Break things on purpose and look whether anything is lost.
	@exec $(PYTHON) scripts/faults.py

lock:        ## Write requirements/*.lock anew from requirements*.txt.
	@exec $(PYTHON) scripts/lock.py

clean:       ## Remove what the other targets made here: .venv, var, caches.
	@exec $(PYTHON) scripts/clean.py
