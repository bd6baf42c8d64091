/** What a rule still lacks before it can be counted; the server has the last word on everything else. */

import { type Path, walk } from './ast';
import { type Day, type Events, isComparison, type Rule } from './rule';
import { words } from './words';

export interface Gap {
  path: Path;
  text: string;
}

const say = words.gaps;

export function gaps(rule: Rule): Gap[] {
  return walk(rule).flatMap(({ path, rule: part }) =>
    missing(part).map((gap) => ({ ...gap, path: [...path, ...gap.path] })),
  );
}

/** Some condition looks back to a member's entry or a message to them, so only a journey can count it. */
export function looksBack(rule: Rule): boolean {
  return walk(rule).some(
    ({ rule: part }) =>
      part.kind === 'message' || (part.kind === 'events' && part.within?.kind === 'since_entry'),
  );
}

function missing(part: Rule): Gap[] {
  if (isComparison(part) && !part.column) return [{ path: ['column'], text: say.column }];
  switch (part.kind) {
    case 'number':
      return numbers([part.value, part.op === 'between' ? part.to : 0], ['value', 'to']);
    case 'text':
      return part.value === '' ? [{ path: ['value'], text: say.text }] : [];
    case 'one_of':
      return part.values.length === 0 ? [{ path: ['values'], text: say.values }] : [];
    case 'date':
      return [...day(part.value, 'value'), ...(part.op === 'between' ? day(part.to, 'to') : [])];
    case 'score':
      if (!part.category) return [{ path: ['category'], text: say.column }];
      return numbers([part.low, part.high], ['low', 'high']);
    case 'events':
      return ofEvents(part);
    case 'in_audience':
      return part.audience_id ? [] : [{ path: ['audience_id'], text: say.audience }];
    case 'message':
      return part.step ? [] : [{ path: ['step'], text: say.message }];
    case 'consent':
      return part.purpose ? [] : [{ path: ['purpose'], text: say.purpose }];
    default:
      return [];
  }
}

function ofEvents(part: Events): Gap[] {
  const days = part.within.kind === 'last_days' ? part.within.days : 1;
  const column = part.measure !== 'count' && !part.column ? [{ path: ['column'], text: say.column }] : [];
  const where = part.where.flatMap((each, i) =>
    missing(each).map((gap) => ({ ...gap, path: ['where', i, ...gap.path] })),
  );
  return [...column, ...numbers([part.value], ['value']), ...numbers([days], ['within']), ...where];
}

function numbers(values: (number | null)[], names: string[]): Gap[] {
  return values.flatMap((value, i) =>
    value === null || value === undefined ? [{ path: [names[i] ?? ''], text: say.number }] : [],
  );
}

function day(value: Day | null, name: string): Gap[] {
  const given = typeof value === 'string' ? value !== '' : value !== null && value.days_ago !== null;
  return given ? [] : [{ path: [name], text: say.day }];
}
