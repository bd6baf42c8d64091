/** How an audience grew and shrank: a line, and the numbers behind it. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useMemo } from 'react';
import { dayAndTime, number, percent } from '../../app/format';
import { type Size, sizesQuery } from '../queries';
import { words } from '../words';
import { lineOf } from './sizes';
import './use.css';

const say = words.sizes;

interface SizeChartProps {
  id: string;
  /** When somebody counted last, in ms: there may be one size more since. */
  counted: number;
}

export function SizeChart({ id, counted }: SizeChartProps) {
  const title = useId();
  const { data, error } = useQuery({ ...sizesQuery(id, counted), placeholderData: keepPreviousData });
  return (
    <section className="audience-sheet sizes" aria-labelledby={title}>
      <h2 id={title}>{say.title}</h2>
      {data ? (
        data.length === 0 ? (
          <p>{say.none}</p>
        ) : (
          <Chart sizes={data} />
        )
      ) : (
        <p role="status">{error ? `${say.failed} ${error.message}` : say.loading}</p>
      )}
    </section>
  );
}

function Chart({ sizes }: { sizes: readonly Size[] }) {
  const { points, least, most } = useMemo(() => lineOf(sizes), [sizes]);
  const [first, last] = [sizes[0], sizes.at(-1)];
  const end = points.at(-1);
  if (!first || !last || !end) return null;
  return (
    <>
      <div className="sizes-chart" aria-hidden="true">
        <div className="sizes-scale digits">
          <span>{number(most)}</span>
          {least !== most && <span>{number(least)}</span>}
        </div>
        <div className="sizes-line">
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <path
              d={`M${points.map(({ x, y }) => `${x} ${y}`).join('L')}`}
              vectorEffect="non-scaling-stroke"
            />
          </svg>
          <i style={{ left: `${end.x}%`, top: `${end.y}%` }} />
        </div>
        <div className="sizes-time">
          <span>{dayAndTime(first.at)}</span>
          {first !== last && <span>{dayAndTime(last.at)}</span>}
        </div>
      </div>
      <p>{say.now(number(last.people), last.people, percent(last.base ? last.people / last.base : 0))}</p>
      <details>
        <summary>{say.table(sizes.length)}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{say.when}</th>
              <th scope="col">{say.people}</th>
              <th scope="col">{say.share}</th>
            </tr>
          </thead>
          <tbody className="digits">
            {[...sizes].reverse().map(({ at, people, base }) => (
              <tr key={at} data-people={people}>
                <th scope="row">{dayAndTime(at)}</th>
                <td>{number(people)}</td>
                <td>{percent(base ? people / base : 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
