/** How those a rule holds for divide by a column. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Failure } from '../../api/failure';
import { day, number, percent, plain, sentence, written } from '../../app/format';
import { type Column, type Sources, useCatalogue } from '../../form/catalogue';
import { Picker, type PickGroup } from '../../form/pop/Picker';
import { words as formWords } from '../../form/words';
import { isListable } from '../columns';
import { askPreview } from '../queries';
import type { Rule } from '../rule';
import { words } from '../words';

const say = words.reach;
const FRESH_MS = 60_000;

export function Breakdown({ rule, ready }: { rule: Rule; ready: boolean }) {
  const sources = useCatalogue()?.sources;
  const [chosen, setChosen] = useState<string | null>(null);
  const groups = sources ? divisions(sources) : [];
  const column = chosen ?? preferred(sources) ?? groups[0]?.options[0]?.value ?? null;
  const { data, error } = useQuery<Awaited<ReturnType<typeof askPreview>>, Failure>({
    queryKey: ['reach', rule, 'breakdown', column],
    queryFn: ({ signal }) => askPreview({ rule, breakdown: column }, signal),
    enabled: ready && column !== null,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
  const shares = data?.breakdown ?? [];
  const most = Math.max(1, ...shares.map((share) => share.count));
  const rest = (data?.count ?? 0) - shares.reduce((sum, share) => sum + share.count, 0);
  return (
    <div className="breakdown" data-old={!ready || undefined}>
      <div className="breakdown-by">
        {say.by}
        <Picker
          className="token token-subject"
          groups={groups}
          face={column ? sentence(plain(column.split('.').at(-1) ?? '')) : words.nothing}
          value={column ?? undefined}
          onPick={setChosen}
        />
      </div>
      {error && <p className="reach-failed">{error.message}</p>}
      <dl>
        {shares.map(({ value, count }) => (
          <div key={String(value)}>
            <dt>{value === null ? <em>{say.noValue}</em> : valueText(value)}</dt>
            <dd className="digits" title={data ? percent(count / Math.max(1, data.count)) : undefined}>
              <i aria-hidden="true" style={{ width: `${(100 * count) / most}%` }} />
              <span>{number(count)}</span>
            </dd>
          </div>
        ))}
      </dl>
      {rest > 0 && shares.length > 0 && <p className="reach-note">{say.others(number(rest))}</p>}
      {data && shares.length === 0 && <p className="reach-note">{say.nobody}</p>}
    </div>
  );
}

function valueText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return say.truth[value ? 'true' : 'false'];
  return typeof value === 'number' ? written(value) : day(value);
}

/** Columns that people divide by: no keys, nothing personal, no scores. */
function divisions(sources: Sources): PickGroup[] {
  const own = sources.customers.columns.filter(
    (column) => column.name !== sources.customers.key && isListable(column.name, sources),
  );
  const groups: PickGroup[] = [
    { title: words.pick.groups.customers, options: own.map(({ name, type }) => optionOf(name, type)) },
  ];
  for (const table of sources.related.filter((each) => each.cardinality === 'one')) {
    const columns = table.columns.filter(
      ({ name, type }) => name !== table.key && !(table.scores && type === 'number'),
    );
    groups.push({
      title: sentence(plain(table.name)),
      options: columns.map(({ name, type }) => optionOf(`${table.name}.${name}`, type)),
    });
  }
  return groups.filter((group) => group.options.length > 0);
}

function optionOf(value: string, type: Column['type']) {
  return { value, label: sentence(plain(value.split('.').at(-1) ?? '')), hint: formWords.column[type] };
}

/** A text column that has few values by its nature, when one is there. */
function preferred(sources: Sources | undefined): string | null {
  const columns = sources?.customers.columns.filter((column) => !column.contact && column.type === 'text');
  return (
    (columns?.find((column) => /tier|segment|city|region|country/.test(column.name)) ?? columns?.[0])?.name ??
    null
  );
}
