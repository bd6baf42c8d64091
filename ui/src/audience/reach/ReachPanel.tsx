/** More about those a rule holds for: how they divide, a few of them, and the SQL. */

import { useDebouncedValue } from '@mantine/hooks';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import type { Rule } from '../rule';
import { words } from '../words';
import { Breakdown } from './Breakdown';
import { ReachHead } from './ReachHead';
import { SampleTable } from './SampleTable';
import { Sql } from './Sql';
import type { Reach } from './useReach';

const say = words.reach;
const TABS = ['breakdown', 'sample', 'sql'] as const;
const SETTLED_MS = 400;
type Tab = (typeof TABS)[number];

interface ReachPanelProps {
  rule: Rule;
  reach: Reach;
}

export function ReachPanel({ rule, reach }: ReachPanelProps) {
  const [tab, setTab] = useState<Tab>('breakdown');
  // While somebody types, the number alone is asked for.
  const [settled] = useDebouncedValue(rule, SETTLED_MS);
  const ready = reach.current && settled === rule;
  const shown: Record<Tab, ReactNode> = {
    breakdown: <Breakdown rule={rule} ready={ready} />,
    sample: <SampleTable rule={rule} ready={ready} />,
    sql: <Sql sql={reach.preview?.sql ?? ''} old={!ready} />,
  };
  return (
    <section className="reach-panel" aria-label={say.label}>
      <ReachHead reach={reach} />
      {reach.state !== 'idle' && (
        <Tabs tab={tab} onTab={setTab}>
          {shown[tab]}
        </Tabs>
      )}
    </section>
  );
}

function Tabs({ tab, onTab, children }: { tab: Tab; onTab: (tab: Tab) => void; children: ReactNode }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? tab;
    onTab(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
    event.preventDefault();
  };
  return (
    <div className="tabs">
      <div ref={list} role="tablist" aria-label={say.more} tabIndex={-1} onKeyDown={onKeyDown}>
        {TABS.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            data-tab={each}
            aria-selected={each === tab}
            aria-controls={`${id}-panel`}
            tabIndex={each === tab ? 0 : -1}
            onClick={() => onTab(each)}
          >
            {say.tabs[each]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
        {children}
      </div>
    </div>
  );
}
