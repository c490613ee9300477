# Targets only; what they do is written in scripts/.
.PHONY: help demo test test-mysql check bench faults lock clean

help:        ## What can be asked for.
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

demo:        ## The whole product on this machine, seeded, without any server of its own.
	@exec scripts/python scripts/demo.py

test:        ## Everything: lint, types, the suite on the databases, Chromium.
	@exec scripts/python scripts/test.py

test-mysql:  ## The whole suite on a real MySQL with Redis, nothing else.
	@exec scripts/python scripts/test.py suite

check:       ## Format, lint, types, migrations, templates: no test.
	@exec scripts/python scripts/test.py check

bench:       ## How fast it is, as ratios (SCALE=10m for ten million messages).
	@exec scripts/python scripts/bench.py

faults:      ## Break things on purpose and look whether anything is lost.
	@exec scripts/python scripts/faults.py

lock:        ## Write requirements/*.lock anew from requirements*.txt.
	@exec scripts/python scripts/lock.py

clean:       ## Remove what the other targets made here: .venv, var, caches.
	@exec scripts/python scripts/clean.py
