/** Edits of random rules: none makes a rule the server would refuse for its shape. */

import { describe, expect, it } from 'vitest';
import * as ast from './ast';
import { gaps } from './gaps';
import { sentence } from './labels';
import { isGroup, MAX_DEPTH, MAX_PARTS, type Rule, readRule } from './rule';
import { randomRule, seeded } from './rule.fixtures';

const ROUNDS = 300;

function isValid(rule: Rule): boolean {
  return ast.depth(rule) <= MAX_DEPTH && ast.walk(rule).length <= MAX_PARTS && ast.walk(rule).every(hasShape);
}

function hasShape({ rule }: { rule: Rule }): boolean {
  if (isGroup(rule)) return rule.of.every(Boolean);
  return rule.kind === 'not' ? Boolean(rule.rule) : typeof rule.kind === 'string';
}

function forRandomRules(check: (rule: Rule, random: () => number) => void): void {
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const random = seeded(seed);
    check(ast.asGroup(randomRule(random, MAX_DEPTH - 1)), random);
  }
}

function anyPath(rule: Rule, random: () => number): ast.Path {
  const all = ast.walk(rule);
  return all[Math.floor(random() * all.length)]?.path ?? [];
}

function leaves(rule: Rule): string[] {
  return ast
    .walk(rule)
    .filter(({ rule: part }) => !isGroup(part) && part.kind !== 'not')
    .map(({ rule: part }) => JSON.stringify(part))
    .sort();
}

describe('edits', () => {
  it('keep a rule valid, whichever come after each other', () => {
    forRandomRules((start, random) => {
      let rule = start;
      for (let i = 0; i < 20; i += 1) {
        const path = anyPath(rule, random);
        const edits = [
          () => ast.remove(rule, path),
          () => ast.duplicate(rule, path),
          () => ast.negate(rule, path),
          () => ast.insert(rule, path, 0, randomRule(random, 3)),
          () => ast.move(rule, path, random() < 0.5 ? -1 : 1)?.rule ?? rule,
        ];
        rule = edits[Math.floor(random() * edits.length)]?.() ?? rule;
        expect(isValid(rule), JSON.stringify(rule)).toBe(true);
      }
    });
  });

  it('leave the rule they are given alone', () => {
    forRandomRules((rule, random) => {
      const before = JSON.stringify(rule);
      const path = anyPath(rule, random);
      ast.remove(rule, path);
      ast.duplicate(rule, path);
      ast.negate(rule, path);
      ast.move(rule, path, 1);
      expect(JSON.stringify(rule)).toBe(before);
    });
  });

  it('find every part at its path, and put the same part back', () => {
    forRandomRules((rule) => {
      for (const { path, rule: part } of ast.walk(rule)) {
        expect(ast.at(rule, path)).toBe(part);
        expect(ast.replace(rule, path, part)).toEqual(rule);
      }
    });
  });

  it('turn around twice to what was meant before', () => {
    forRandomRules((rule, random) => {
      const slot = ast.slotOf(anyPath(rule, random));
      const part = slot && ast.at(rule, slot.path);
      if (!slot || !part || !ast.fits({ kind: 'not', rule: part }, ast.level(slot.path))) return;
      const before = ast.peel(part);
      const twice = ast.at(ast.negate(ast.negate(rule, slot.path), slot.path), slot.path);
      expect(twice && ast.peel(twice).rule).toEqual(before.rule);
      expect(twice && ast.peel(twice).negated).toBe(before.negated);
    });
  });

  it('take out what was put in', () => {
    forRandomRules((rule, random) => {
      const groups = ast.walk(rule).filter(({ rule: part }) => isGroup(part));
      const { path } = groups[Math.floor(random() * groups.length)] ?? { path: [] };
      const grown = ast.insert(rule, path, 0, { kind: 'is_set', column: 'new' });
      if (grown !== rule) expect(ast.remove(grown, [...path, 'of', 0])).toEqual(rule);
    });
  });
});

describe('moving', () => {
  it('loses and adds no condition, and says where the part is', () => {
    forRandomRules((rule, random) => {
      const path = anyPath(rule, random);
      const moved = ast.move(rule, path, random() < 0.5 ? -1 : 1);
      if (!moved) return;
      expect(leaves(moved.rule)).toEqual(leaves(rule));
      const slot = ast.slotOf(path);
      expect(ast.at(moved.rule, moved.path)).toEqual(slot && ast.at(rule, slot.path));
    });
  });

  it('back again ends where it began', () => {
    forRandomRules((rule, random) => {
      const slot = ast.slotOf(anyPath(rule, random));
      const down = slot && ast.move(rule, slot.path, 1);
      if (!down) return;
      const back = ast.move(down.rule, down.path, -1);
      expect(back?.rule).toEqual(rule);
      expect(back?.path).toEqual(slot.path);
    });
  });

  it('goes through every place of a tree from top to bottom', () => {
    const leaf = (column: string): Rule => ({ kind: 'is_set', column });
    let here: ast.Moved = {
      rule: {
        kind: 'all',
        of: [leaf('x'), { kind: 'not', rule: { kind: 'any', of: [leaf('a')] } }, leaf('b')],
      },
      path: ['of', 0],
    };
    const places: string[] = [];
    for (let next = ast.move(here.rule, here.path, 1); next; next = ast.move(here.rule, here.path, 1)) {
      here = next;
      places.push(here.path.join('.'));
    }
    expect(places).toEqual(['of.0.rule.of.0', 'of.0.rule.of.1', 'of.1', 'of.2']);
  });
});

describe('limits', () => {
  it('no part goes deeper than the server allows', () => {
    let rule: Rule = { kind: 'all', of: [] };
    let path: ast.Path = [];
    for (let i = 0; i < 12; i += 1) {
      rule = ast.insert(rule, path, 0, { kind: 'any', of: [] });
      path = [...path, 'of', 0];
    }
    expect(ast.depth(rule)).toBe(MAX_DEPTH);
    expect(ast.negate(rule, ['of', 0])).toBe(rule);
  });

  it('nothing more is added than the server takes', () => {
    let rule: Rule = { kind: 'all', of: [] };
    for (let i = 0; i < 300; i += 1) rule = ast.insert(rule, [], 0, { kind: 'consent', purpose: 'email' });
    expect(ast.walk(rule)).toHaveLength(MAX_PARTS);
    expect(ast.duplicate(rule, ['of', 0])).toBe(rule);
  });
});

describe('reading and telling', () => {
  it('a rule written and read again is the same', () => {
    forRandomRules((rule) => expect(readRule(JSON.parse(JSON.stringify(rule)))).toEqual(rule));
  });

  it('every rule has a sentence', () => {
    forRandomRules((rule) => expect(sentence(rule).length).toBeGreaterThan(0));
  });

  it('what is no rule, or half of one, is read without an error', () => {
    const odd = [null, 7, 'x', [], {}, { kind: 5 }, { kind: 'all' }, { kind: 'not' }, { kind: 'all', of: 3 }];
    const half = ['number', 'text', 'boolean', 'date', 'one_of', 'is_set', 'score', 'events', 'new'];
    for (const raw of [
      ...odd,
      ...half.map((kind) => ({ kind })),
      { kind: 'all', of: [{ kind: 'zzz', a: 1 }] },
    ]) {
      const rule = readRule(raw);
      expect(() => [sentence(rule), gaps(rule)]).not.toThrow();
    }
  });

  it('says what a rule still lacks, where', () => {
    const rule = readRule({
      kind: 'all',
      of: [{ kind: 'not', rule: { kind: 'one_of', column: 'city', values: [] } }],
    });
    expect(gaps(rule)).toEqual([{ path: ['of', 0, 'rule', 'values'], text: expect.any(String) }]);
  });

  it('reads the bundle as a person would', () => {
    const rule = readRule({
      kind: 'all',
      of: [
        { kind: 'score', category: 'bread', low: 0.7 },
        { kind: 'consent', purpose: 'email' },
      ],
    });
    expect(sentence(rule)).toBe('bread score is from 0.7 to 1 and agreed to be reached for email');
  });
});
