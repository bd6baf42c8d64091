"""The commands that talk to a running Sojourn, one file per noun."""
