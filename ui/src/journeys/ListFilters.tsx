/** Which journeys to list: by a part of their name, by status; where there are no heads of columns, also the order. */

import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { type JourneyRow, STATUSES, type Status } from '../api/types';
import { words } from '../app/words';
import { COLUMNS, type Column, type ListSearch } from './order';

const say = words.journeys;

interface ListFiltersProps {
  rows: readonly JourneyRow[];
  search: ListSearch;
  onAsk: (search: ListSearch) => void;
}

export function ListFilters({ rows, search, onAsk }: ListFiltersProps) {
  const there = STATUSES.filter((each) => each === search.status || rows.some((row) => row.status === each));
  return (
    <search className="journeys-filters">
      <TextFilter {...{ search, onAsk }} />
      <select
        aria-label={say.columns.status}
        value={search.status ?? ''}
        onChange={(event) => {
          const { status: _, ...rest } = search;
          const status = event.currentTarget.value as Status | '';
          onAsk(status ? { ...rest, status } : rest);
        }}
      >
        <option value="">{say.everyStatus}</option>
        {there.map((each) => (
          <option key={each} value={each}>
            {words.status[each]}
          </option>
        ))}
      </select>
      <select
        className="journeys-order"
        aria-label={say.order}
        value={search.sort ?? 'edited'}
        onChange={(event) => {
          const { order: _, ...rest } = search;
          onAsk({ ...rest, sort: event.currentTarget.value as Column });
        }}
      >
        {COLUMNS.map((each) => (
          <option key={each} value={each}>
            {say.by(say.columns[each])}
          </option>
        ))}
      </select>
    </search>
  );
}

function TextFilter({ search, onAsk }: Omit<ListFiltersProps, 'rows'>) {
  const input = useRef<HTMLInputElement>(null);
  const text = search.text ?? '';
  // What is being typed is ahead of the address.
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = text;
  }, [text]);
  return (
    <label className="journeys-find">
      <IconSearch size={16} stroke={1.75} aria-hidden="true" />
      <input
        ref={input}
        type="search"
        aria-label={say.find}
        placeholder={say.find}
        autoComplete="off"
        defaultValue={text}
        onChange={(event) => {
          const { text: _, ...rest } = search;
          const typed = event.currentTarget.value;
          onAsk(typed.trim() ? { ...rest, text: typed } : rest);
        }}
      />
    </label>
  );
}
