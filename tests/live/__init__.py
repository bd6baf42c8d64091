"""Runs against a real workspace, with `make live` only."""
