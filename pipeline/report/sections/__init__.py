"""The sections of the report, each from tables to what the page shows."""
