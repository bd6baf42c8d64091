"""Runs against a real workspace; without `SOJOURN_LIVE` nothing here runs."""
