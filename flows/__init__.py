"""Prefect flows: which stages run, under what names, on what schedule. No data is touched here.

Importing this package settles what Prefect may do before Prefect is imported: participants spoke in confidence.
"""

import os
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
# A home of its own: a profile in Prefect's usual home may point at a server elsewhere, and nobody would notice.
os.environ.setdefault("PREFECT_HOME", str(Path.home() / ".dialoogtafel-prefect"))
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
# What the server cannot do is told in one message by flows.guard.
os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
