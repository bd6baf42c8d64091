"""The demo lakehouse: a grocer's customer 360 made in DuckDB, with believable scores and honest dirt."""

from sojourn.sample.grocer import SOURCES, Generated, generate, simulate_purchases

__all__ = ["SOURCES", "Generated", "generate", "simulate_purchases"]
