"""Ratios measured in one run: what Sojourn adds to DuckDB, to SMTP, and what one workflow per member would cost."""
