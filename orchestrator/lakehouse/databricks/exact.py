"""Makes a wave's statements exact where there is no transaction over several tables.

Every insert is a MERGE that adds what is not there (`sql.insert_only`), so a repeat adds nothing. Besides, none of them
does anything once the wave's marker is there – not even one that was held up on the way and comes after the next wave –
and the marker is written last, so an interrupted wave is taken up again where it was left.
"""

from functools import lru_cache

from sqlglot import exp, parse_one


@lru_cache(4096)
def is_there(marker: str) -> str:
    """How many rows of the marker there are."""
    return _of(marker).select(exp.Count(this=exp.Star())).sql("databricks")


@lru_cache(4096)
def unless(marker: str, statement: str) -> str:
    """The MERGE with nothing to add once the marker is there; any other statement as it is."""
    merge = parse_one(statement, dialect="databricks")
    if not isinstance(merge, exp.Merge):
        return statement
    rows, name = merge.args["using"], merge.args["using"].alias
    there = exp.Exists(this=_of(marker).select(exp.convert(1)))
    source = exp.select("*").from_(exp.Subquery(this=rows.this, alias=exp.TableAlias(this=exp.to_identifier("g"))))
    merge.set("using", source.where(exp.not_(there)).subquery(name))
    return merge.sql("databricks")


def _of(marker: str) -> exp.Select:
    """FROM the marker's table, where it has the marker's key."""
    merge = parse_one(marker, dialect="databricks")
    assert isinstance(merge, exp.Merge), "a marker is written like any other row"
    return exp.Select().from_(merge.this).join(merge.args["using"], on=merge.args["on"])
