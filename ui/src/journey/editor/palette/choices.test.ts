/** Steps found by what they are called. */

import { describe, expect, it } from 'vitest';
import { matching } from './choices';

describe('A step that is looked for', () => {
  const steps = [
    { title: 'First match', hint: 'Several rules in order' },
    { title: 'Random split', hint: 'Arms by chance' },
    { title: 'Split by rule', hint: 'Yes or no' },
  ];
  const found = (wish: string) => matching(steps, wish).map((step) => step.title);

  it('comes first when its name is what was typed', () => {
    expect(found('split by')).toEqual(['Split by rule', 'Random split']);
    expect(found('rule')).toEqual(['Split by rule', 'First match']);
    expect(found('split')).toEqual(['Random split', 'Split by rule']);
  });
});
