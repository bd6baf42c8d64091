"""The drawn journey: its document, its node types, what is wrong with it, and its publication."""
