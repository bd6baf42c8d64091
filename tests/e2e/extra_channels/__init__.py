"""Channels that only a test installs."""
