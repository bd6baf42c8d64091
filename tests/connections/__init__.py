"""Connections: declared in a file, or made on a page with sealed secrets."""
