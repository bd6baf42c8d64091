"""Accounts that channels reach people through: declared in connections.yaml, or made on a page and kept sealed."""
