/** A few of those a rule holds for, without anything personal. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Failure } from '../../api/failure';
import { day, plain, sentence, written } from '../../app/format';
import { askPreview, type Preview } from '../queries';
import type { Rule } from '../rule';
import { words } from '../words';

const say = words.reach;
const ROWS = 10;
const FRESH_MS = 60_000;

export function SampleTable({ rule, ready }: { rule: Rule; ready: boolean }) {
  const { data, error } = useQuery<Preview, Failure>({
    queryKey: ['reach', rule, 'sample'],
    queryFn: ({ signal }) => askPreview({ rule, sample: ROWS }, signal),
    enabled: ready,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
  if (error) return <p className="reach-failed">{error.message}</p>;
  const sample = data?.sample;
  if (!sample) return <p className="reach-note">{say.asking}</p>;
  if (sample.rows.length === 0) return <p className="reach-note">{say.nobody}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section className="sample" data-old={!ready || undefined} tabIndex={0} aria-label={say.tabs.sample}>
        <table>
          <thead>
            <tr>
              {sample.columns.map((column) => (
                <th key={column} scope="col">
                  {sentence(plain(column))}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sample.rows.map((row) => (
              <tr key={row.join(' ')}>
                {row.map((cell, i) => (
                  <td key={sample.columns[i]} className={typeof cell === 'number' ? 'digits' : undefined}>
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="reach-note">{say.sampleNote}</p>
    </>
  );
}

function cellText(cell: string | number | boolean | null): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return say.truth[cell ? 'true' : 'false'];
  return typeof cell === 'number' ? written(cell) : day(cell);
}
