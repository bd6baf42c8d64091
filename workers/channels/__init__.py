"""The channels that come along: one file each."""
