"""Prefect flows: which stages run, under what names, on what schedule. No data is touched here.

Importing this package switches off telemetry before Prefect is imported: participants spoke in confidence.
"""

import os

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
# A first start creates a database, which takes about as long as Prefect's own limit of 20 s.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
