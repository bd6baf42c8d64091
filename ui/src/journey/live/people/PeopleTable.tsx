/** People as rows: when they came, what is next or was, and their chosen columns. */

import type { ReactNode } from 'react';
import { day, dayAndTime, fullTime, outcomeName, reasonName, sentence, written } from '../../../app/format';
import { columnName } from '../../../audience/labels';
import { Moment } from '../../../ui/Moment';
import { endingName, type JourneyView } from '../../view';
import { words } from '../words';
import type { Person, Presence } from './usePeople';

const say = words.people;

interface PeopleTableProps {
  rows: readonly Person[];
  columns: readonly string[];
  state: Presence;
  view: JourneyView;
  /** Of another question than the one that is being asked. */
  old: boolean;
  onPerson: (member: string) => void;
}

export function PeopleTable({ rows, columns, state, view, old, onPerson }: PeopleTableProps) {
  const own = OWN[state];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="people-table" data-old={old || undefined} tabIndex={0} aria-label={say.table}>
      <table className="digits">
        <thead>
          <tr>
            <th scope="col">{say.columns.member}</th>
            <th scope="col">{say.columns.arrived}</th>
            {own.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {columns.map((column) => (
              <th key={column} scope="col">
                {sentence(columnName(column))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((person) => (
            <tr key={`${person.member_id} ${person.visit_no}`} data-member={person.member_id}>
              <th scope="row">
                <button
                  type="button"
                  className="people-member"
                  title={say.story(person.member_id)}
                  onClick={() => onPerson(person.member_id)}
                >
                  {person.member_id}
                </button>
              </th>
              <td>
                <Moment at={person.arrived_at} />
              </td>
              {own.map(({ title, cell }) => (
                <td key={title}>{cell(person, view)}</td>
              ))}
              {columns.map((column, i) => (
                <td key={column}>{cellText(person.values[i] ?? null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Own {
  title: string;
  cell: (person: Person, view: JourneyView) => ReactNode;
}

const OWN: Record<Presence, Own[]> = {
  here: [
    {
      title: say.columns.due,
      cell: ({ due_at }) =>
        due_at ? (
          <time dateTime={due_at} title={fullTime(due_at)}>
            {dayAndTime(due_at)}
          </time>
        ) : (
          <small>{say.noDue}</small>
        ),
    },
  ],
  through: [
    { title: say.columns.left, cell: ({ left_at }) => left_at && <Moment at={left_at} /> },
    { title: say.columns.way, cell: wayOf },
  ],
  not_sent: [
    {
      title: say.columns.outcome,
      cell: ({ outcome }) => outcome && sentence(outcomeName(outcome, 1)),
    },
    { title: say.columns.reason, cell: ({ reason }) => reason && sentence(reasonName(reason)) },
  ],
};

/** The way out by its name, else where it leads; a visit that ended here by why. */
function wayOf({ ending, port, to_node }: Person, view: JourneyView): string {
  if (ending) return say.ended(endingName(ending));
  const line = view.lines.find((each) => each.port === port && each.target === to_node);
  return line?.label || (view.steps.find((step) => step.id === to_node)?.name ?? to_node ?? '');
}

export function cellText(value: Person['values'][number]): string {
  if (value === null) return say.nothing;
  if (typeof value === 'boolean') return say.truth[value ? 'true' : 'false'];
  return typeof value === 'number' ? written(value) : day(value);
}
