/** Which rows of a table of events count: conditions on its columns, outside any rule. */

import { useCatalogue } from '../form/catalogue';
import { Where } from './builder/EventsTokens';
import { rowColumns } from './columns';
import type { Comparison } from './rule';
import './builder/tokens.css';
import './audience.css';

interface EventWhereProps {
  table: string;
  where: Comparison[];
  onChange: (where: Comparison[]) => void;
}

export default function EventWhere({ table, where, onChange }: EventWhereProps) {
  const catalogue = useCatalogue();
  if (!catalogue) return null;
  return (
    <Where
      rule={{ table, where }}
      columns={rowColumns(table, catalogue.sources)}
      onChange={(next) => onChange(next.where)}
    />
  );
}
