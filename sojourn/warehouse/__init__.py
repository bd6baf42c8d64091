"""A local SQL warehouse: it speaks the Databricks connector's protocol, so that the production client is what runs.

What it is not: no Unity Catalog permissions, no row filters or masks, no Photon, no result cache, no autoscaling. Over
DuckDB it answers Databricks SQL as sqlglot translates it, in one file with DuckDB's own transactions; over Sail it runs
Spark's SQL on real Delta tables. Whether a statement is fast on Databricks can only be seen on Databricks.
"""
