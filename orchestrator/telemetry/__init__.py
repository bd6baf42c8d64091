"""What Sojourn says of itself while it runs: metrics, traces and logs – counts, ids and clocks, never a person."""
