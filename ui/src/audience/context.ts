/** What every part of one rule builder shares. */

import { createContext, useContext } from 'react';
import type { Sources } from '../form/catalogue';
import type { PickGroup } from '../form/pop/Picker';
import type { Trouble } from '../form/problems';
import type { Path } from './ast';
import { EVERYBODY } from './ast';
import type { Gap } from './gaps';
import type { MessageStep } from './messages';
import type { Group, Rule } from './rule';

interface Builder {
  root: Group;
  sources: Sources;
  /** What conditions can be about. */
  groups: readonly PickGroup[];
  /** Audiences that conditions may name. */
  audiences: readonly { id: string; name: string }[];
  /** Messages of the journey that conditions may be about. */
  messages: readonly MessageStep[];
  /** A step inside a journey can look back to the entry. */
  inJourney: boolean;
  /** Its conditions on events begin with those since the entry. */
  lookBack: boolean;
  problems: readonly Trouble[];
  gaps: readonly Gap[];
  /** Take an edited rule; the focus goes to the part at `focus`, and `said` is read out. */
  apply: (rule: Rule, focus?: Path, said?: string) => void;
}

export const BuilderContext = createContext<Builder>({
  root: EVERYBODY,
  sources: { customers: { table: '', key: '', columns: [] }, related: [], consents: [] },
  groups: [],
  audiences: [],
  messages: [],
  inJourney: false,
  lookBack: false,
  problems: [],
  gaps: [],
  apply: () => undefined,
});

export function useBuilder(): Builder {
  return useContext(BuilderContext);
}
