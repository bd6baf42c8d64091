"""What the Databricks engine is made of: where it connects and as whom, and how its refusals read in plain words."""
