"""Channels, the templates they send, and the contract they keep."""
