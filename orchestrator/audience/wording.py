"""A condition in plain words, as one would say it to somebody who asks."""

from orchestrator.audience import rules as r

_COMPARED = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_TEXT = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
}
_MESSAGE = {
    "clicked": "was clicked",
    "opened": "was opened",
    "bounced": "came back",
    "complained": "was complained about",
    "unsubscribed": "made them unsubscribe",
}
_MEASURED = {"sum": "sum of", "min": "smallest", "max": "largest", "latest": "latest"}


def words(rule: r.Rule) -> str:
    """The condition alone: what it joins, and whether it holds, is told beside it."""
    match rule:
        case r.All():
            return "all of these" if rule.of else "everybody"
        case r.Any():
            return "at least one of these" if rule.of else "nobody"
        case r.Not():
            return "not this"
        case r.Score():
            return f"{_named(rule.category)} score {_score(rule)}"
        case r.Events():
            return _events(rule)
        case r.InAudience():
            return f"in the audience “{rule.audience_id}”"
        case r.HasConsent():
            return f"agreed to {_named(rule.purpose)}"
        case r.OfMessage():
            return f"the message of “{rule.step}” {_MESSAGE[rule.event]}"
    return _compared(rule)


def _compared(rule: r.Comparison) -> str:
    name = _named(rule.column)
    match rule:
        case r.IsSet():
            return f"{name} is known"
        case r.OneOf():
            return f"{name} is one of {', '.join(map(_value, rule.values))}"
        case r.Boolean():
            return f"{name} is {'yes' if rule.value else 'no'}"
        case r.Text():
            return f"{name} {_TEXT[rule.op]} {_value(rule.value)}"
        case r.Date():
            end = "" if rule.to is None else f" and {_day(rule.to)}"
            return f"{name} {rule.op} {_day(rule.value)}{end}"
    if rule.to is not None:
        return f"{name} from {rule.value:g} to {rule.to:g}"
    return f"{name} {_COMPARED[rule.op]} {rule.value:g}"


def _score(rule: r.Score) -> str:
    if rule.high == 1:
        return f"≥ {rule.low:g}"
    return f"≤ {rule.high:g}" if rule.low == 0 else f"from {rule.low:g} to {rule.high:g}"


def _events(rule: r.Events) -> str:
    what = _named(rule.table)
    if rule.column is not None:
        what = f"{_MEASURED[rule.measure]} {_named(rule.column)} of {what}"
    if rule.where:
        what += f" where {' and '.join(map(_compared, rule.where))}"
    if isinstance(rule.within, r.LastDays):
        since = "the last day" if rule.within.days == 1 else f"the last {rule.within.days} days"
        return f"{what} in {since} {_COMPARED[rule.op]} {rule.value:g}"
    return f"{what} since the entry {_COMPARED[rule.op]} {rule.value:g}"


def _named(path: str) -> str:
    return path.replace(".", " ").replace("_", " ")


def _value(value: str | float) -> str:
    return f"“{value}”" if isinstance(value, str) else f"{value:g}"


def _day(day: object) -> str:
    if not isinstance(day, r.Relative):
        return str(day)
    count = abs(day.days_ago)
    if not count:
        return "today"
    days = "1 day" if count == 1 else f"{count} days"
    return f"{days} ago" if day.days_ago > 0 else f"in {days}"
