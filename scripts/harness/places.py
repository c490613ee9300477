"""Where the harness keeps things: inside the checkout under var/, or in the user's cache."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
SERVERS = VAR / "servers"
RESULTS = VAR / "test"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mercury"
