"""Who is in: the rule a marketer draws, its one predicate in SQL, and its preview."""
