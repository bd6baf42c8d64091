/** Edits of a rule as pure functions. A path leads from the root to a part, as the server's problems have it. */

import { type Group, isGroup, MAX_DEPTH, MAX_PARTS, type Rule } from './rule';

export type Path = readonly (string | number)[];

export const EVERYBODY: Group = { kind: 'all', of: [] };

/** The root as a group, which is how it is drawn; a lone condition stands in one. */
export function asGroup(rule: Rule): Group {
  return isGroup(rule) ? rule : { kind: 'all', of: [rule] };
}

/** The parts directly inside, with the steps that lead to each. */
export function children(rule: Rule): { step: Path; rule: Rule }[] {
  if (isGroup(rule)) return rule.of.map((part, i) => ({ step: ['of', i], rule: part }));
  return rule.kind === 'not' ? [{ step: ['rule'], rule: rule.rule }] : [];
}

/** Every part, itself first. */
export function walk(rule: Rule, path: Path = []): { path: Path; rule: Rule }[] {
  return [{ path, rule }, ...children(rule).flatMap((child) => walk(child.rule, [...path, ...child.step]))];
}

/** How deep the tree is nested; a lone condition is 1. */
export function depth(rule: Rule): number {
  return 1 + Math.max(0, ...children(rule).map((child) => depth(child.rule)));
}

/** How deep a part at this path stands; the root is 1. */
export function level(path: Path): number {
  return 1 + path.filter((step) => typeof step === 'number' || step === 'rule').length;
}

export function at(rule: Rule, path: Path): Rule | undefined {
  const [step, index, ...rest] = path;
  if (step === undefined) return rule;
  if (step === 'rule' && rule.kind === 'not') return at(rule.rule, path.slice(1));
  if (step !== 'of' || !isGroup(rule) || typeof index !== 'number') return undefined;
  const part = rule.of[index];
  return part && at(part, rest);
}

/** Put another part where one was. */
export function replace(rule: Rule, path: Path, part: Rule): Rule {
  const [step, index, ...rest] = path;
  if (step === undefined) return part;
  if (step === 'rule' && rule.kind === 'not')
    return { ...rule, rule: replace(rule.rule, path.slice(1), part) };
  if (step !== 'of' || !isGroup(rule) || typeof index !== 'number') return rule;
  return { ...rule, of: rule.of.map((each, i) => (i === index ? replace(each, rest, part) : each)) };
}

/** A part's place in the group around it; what `not`s stand between belongs to the part. Null for the root. */
export interface Slot {
  group: Path;
  index: number;
  path: Path;
}

export function slotOf(path: Path): Slot | null {
  const bare = [...path];
  while (bare.at(-1) === 'rule') bare.pop();
  const index = bare.at(-1);
  return typeof index === 'number' ? { group: bare.slice(0, -2), index, path: bare } : null;
}

/** Whether a part may stand at this level without the rule growing too deep. */
export function fits(part: Rule, itsLevel: number): boolean {
  return itsLevel - 1 + depth(part) <= MAX_DEPTH;
}

/** Whether there is room for so many parts more. */
export function hasRoom(rule: Rule, more: number): boolean {
  return walk(rule).length + more <= MAX_PARTS;
}

/** Put a part into the group at a path; the rule stays as it is when that would be too deep or too much. */
export function insert(rule: Rule, group: Path, index: number, part: Rule): Rule {
  const into = at(rule, group);
  if (!into || !isGroup(into) || !fits(part, level(group) + 1) || !hasRoom(rule, walk(part).length))
    return rule;
  return replace(rule, group, { ...into, of: into.of.toSpliced(index, 0, part) });
}

/** Take a part out, with the `not`s around it; without the root nothing is asked of anybody. */
export function remove(rule: Rule, path: Path): Rule {
  const slot = slotOf(path);
  const group = slot && at(rule, slot.group);
  if (!slot || !group || !isGroup(group)) return EVERYBODY;
  return replace(rule, slot.group, { ...group, of: group.of.toSpliced(slot.index, 1) });
}

/** A copy right behind the part. */
export function duplicate(rule: Rule, path: Path): Rule {
  const slot = slotOf(path);
  const part = slot && at(rule, slot.path);
  return slot && part ? insert(rule, slot.group, slot.index + 1, structuredClone(part)) : rule;
}

/** A part without the `not`s around it, and whether they turn it around. */
export function peel(rule: Rule, path: Path = []): { negated: boolean; rule: Rule; path: Path } {
  if (rule.kind !== 'not') return { negated: false, rule, path };
  const inner = peel(rule.rule, [...path, 'rule']);
  return { ...inner, negated: !inner.negated };
}

/** Turn a part around: everybody else. Twice is the part itself. */
export function negate(rule: Rule, path: Path): Rule {
  const slot = slotOf(path);
  const where = slot?.path ?? [];
  const part = at(rule, where);
  if (!part) return rule;
  const { negated, rule: bare } = peel(part);
  if (negated) return replace(rule, where, bare);
  const turned: Rule = { kind: 'not', rule: bare };
  if (!fits(turned, level(where)) || !hasRoom(rule, 1)) return rule;
  return replace(rule, where, turned);
}

/** A part's new place after a move. */
export interface Moved {
  rule: Rule;
  path: Path;
}

/** One place up (-1) or down (1): past a condition, into a group, out of one at its end. Null: there is no way on. */
export function move(rule: Rule, path: Path, by: -1 | 1): Moved | null {
  const slot = slotOf(path);
  const group = slot && at(rule, slot.group);
  const part = slot && at(rule, slot.path);
  if (!slot || !part || !group || !isGroup(group)) return null;
  const next = slot.index + by;
  const neighbour = group.of[next];
  if (!neighbour) return leave(rule, slot, part, by);
  const inside = peel(neighbour, [...slot.group, 'of', next]);
  if (isGroup(inside.rule) && fits(part, level(inside.path) + 1)) {
    const index = by > 0 ? 0 : inside.rule.of.length;
    return settle(rule, slot, part, { group: inside.path, index });
  }
  return settle(rule, slot, part, { group: slot.group, index: next });
}

function leave(rule: Rule, slot: Slot, part: Rule, by: -1 | 1): Moved | null {
  const outer = slotOf(slot.group);
  if (!outer) return null;
  return settle(rule, slot, part, { group: outer.group, index: outer.index + (by > 0 ? 1 : 0) });
}

/** Take the part out of its slot and put it where it goes; the paths behind it have shifted by one. */
function settle(rule: Rule, slot: Slot, part: Rule, to: { group: Path; index: number }): Moved {
  const without = remove(rule, slot.path);
  const group = shifted(to.group, slot);
  const into = at(without, group);
  if (!into || !isGroup(into)) return { rule, path: slot.path };
  const moved = replace(without, group, { ...into, of: into.of.toSpliced(to.index, 0, part) });
  return { rule: moved, path: [...group, 'of', to.index] };
}

/** A path after the part in a slot was taken out. */
function shifted(path: Path, slot: Slot): Path {
  const at = slot.path.length - 1;
  const step = path[at];
  const beside = path.length > at && slot.group.every((each, i) => each === path[i]) && path[at - 1] === 'of';
  return beside && typeof step === 'number' && step > slot.index ? path.with(at, step - 1) : path;
}
