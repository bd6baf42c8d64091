"""One suite over all engines: the same rows go in, the same rows come out."""
