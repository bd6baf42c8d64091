/** The values a column mostly has, to choose from while typing; asked when its field is entered. */

import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { EVERYBODY } from '../ast';
import { isListable } from '../columns';
import { useBuilder } from '../context';
import { askPreview } from '../queries';

const KEPT_MS = 5 * 60_000;

interface Known {
  id: string | undefined;
  values: string[];
  load: () => void;
}

export function useValues(column: string | undefined): Known {
  const { sources } = useBuilder();
  const [wanted, setWanted] = useState(false);
  const id = useId();
  const listable = column !== undefined && isListable(column, sources);
  const { data } = useQuery({
    queryKey: ['values', column],
    queryFn: ({ signal }) => askPreview({ rule: EVERYBODY, breakdown: column ?? null }, signal),
    enabled: wanted && listable,
    staleTime: KEPT_MS,
    retry: false,
  });
  const values = (data?.breakdown ?? []).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  return { id: listable ? id : undefined, values, load: () => setWanted(true) };
}

export function ValueList({ id, values }: Known) {
  if (!id) return null;
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}
