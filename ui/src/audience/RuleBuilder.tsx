/** Who is in, built as sentences: groups with a rail, conditions whose words can be changed. */

import { VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { catalogueQuery } from '../api/drafting';
import type { Trouble } from '../form/problems';
import { asGroup, type Path } from './ast';
import { GroupBox } from './builder/GroupBox';
import { choices } from './columns';
import { BuilderContext } from './context';
import { gaps } from './gaps';
import { type MessageStep, MessagesContext } from './messages';
import { audiencesQuery } from './queries';
import { isGroup, type Rule } from './rule';
import '../form/form.css';
import { words } from './words';
import './audience.css';
import './builder/tokens.css';

export interface RuleBuilderProps {
  rule: Rule;
  /** Their paths begin at the rule. */
  problems: readonly Trouble[];
  onChange: (rule: Rule) => void;
  inJourney?: boolean;
  lookBack?: boolean;
  /** The audience being edited: it cannot be in itself. */
  except?: string;
}

const NO_MESSAGES: readonly MessageStep[] = [];
const EMPTY = { customers: { table: '', key: '', columns: [] }, related: [], consents: [] };

export function RuleBuilder({
  rule,
  problems,
  onChange,
  inJourney = false,
  lookBack = false,
  except,
}: RuleBuilderProps) {
  const { data: catalogue, error, refetch } = useQuery(catalogueQuery);
  const sources = catalogue?.sources ?? EMPTY;
  const audiences = useQuery(audiencesQuery).data;
  const box = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<Path | null>(null);
  const [said, setSaid] = useState('');
  const root = asGroup(rule);
  const apply = useCallback(
    (next: Rule, focus?: Path, spoken = '') => {
      onChange(next);
      setSaid(spoken);
      if (focus) setWanted(focus);
    },
    [onChange],
  );
  useEffect(() => {
    if (!wanted || !box.current) return;
    focusPart(box.current, wanted);
    setWanted(null);
  }, [wanted]);
  const others = useMemo(() => (audiences ?? []).filter((each) => each.id !== except), [audiences, except]);
  const drawn = useContext(MessagesContext);
  const messages = inJourney ? drawn : NO_MESSAGES;
  const groups = useMemo(() => choices(sources, others.length > 0, messages), [sources, others, messages]);
  const builder = useMemo(
    () => ({
      root,
      sources,
      groups,
      audiences: others,
      messages,
      inJourney,
      lookBack,
      problems: isGroup(rule) ? problems : problems.map(inGroup),
      gaps: gaps(root),
      apply,
    }),
    [rule, root, sources, groups, others, messages, inJourney, lookBack, problems, apply],
  );
  return (
    <div ref={box} className="rules">
      <BuilderContext value={builder}>
        {error && !catalogue && (
          <p className="rule-none" role="alert">
            {words.pick.failed} {error.message}{' '}
            <button type="button" className="add-button" onClick={() => refetch()}>
              {words.reach.again}
            </button>
          </p>
        )}
        <GroupBox group={root} path={[]} negated={false} />
      </BuilderContext>
      <VisuallyHidden role="status">{said}</VisuallyHidden>
    </div>
  );
}

/** A lone condition is drawn in a group, so its problems are one step further in. */
function inGroup(problem: Trouble): Trouble {
  return { ...problem, path: ['of', 0, ...problem.path] };
}

/** The first thing to fill in at a part, or what adds to it. */
function focusPart(box: HTMLElement, path: Path): void {
  const part = box.querySelector<HTMLElement>(`[data-part="${path.join('.')}"]`);
  const first = ['input:not([type="radio"])', 'select', '.add-button', 'button']
    .map((what) => part?.querySelector<HTMLElement>(what))
    .find(Boolean);
  first?.focus();
}
