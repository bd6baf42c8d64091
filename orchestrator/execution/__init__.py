"""What happens when a journey runs: the plan, the ledger, the delivery, the report."""
