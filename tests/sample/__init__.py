"""The sample lakehouse."""
