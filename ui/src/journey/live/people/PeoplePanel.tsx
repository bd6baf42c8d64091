/** Who is at a step, went through it or was not reached there; from everybody to their story. */

import { ActionIcon, Button } from '@mantine/core';
import { IconColumnInsertRight, IconRefresh, IconX } from '@tabler/icons-react';
import { useId, useMemo } from 'react';
import { number, reasonName, sentence } from '../../../app/format';
import { columnName } from '../../../audience/labels';
import { useCatalogue } from '../../../form/catalogue';
import { variables } from '../../../form/liquid';
import { Picker } from '../../../form/pop/Picker';
import type { JourneyView, StepView } from '../../view';
import { SidePanel } from '../SidePanel';
import { words } from '../words';
import { PeopleTable } from './PeopleTable';
import { MOST_COLUMNS, type Presence, useColumns, usePeople } from './usePeople';
import './people.css';

const say = words.people;

export interface Group {
  state: Presence;
  reason: string | null;
}

interface PeoplePanelProps {
  journey: string;
  step: StepView;
  view: JourneyView;
  group: Group;
  onGroup: (group: Group) => void;
  onPerson: (member: string) => void;
  onBack: () => void;
  onClose: () => void;
}

export default function PeoplePanel({ journey, step, view, group, onGroup, ...does }: PeoplePanelProps) {
  const sources = useCatalogue()?.sources;
  const [columns, choose] = useColumns(sources);
  const { data, error, isFetching, isPlaceholderData, hasNextPage, fetchNextPage, refetch } = usePeople(
    journey,
    { node: step.id, ...group },
    columns,
  );
  const pages = data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const withheld = pages[0]?.withheld ?? [];
  return (
    <SidePanel name="people" title={say.title(step.name)} onBack={does.onBack} onClose={does.onClose}>
      <div className="people-choices">
        <Which step={step} group={group} onGroup={onGroup} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={say.again}
          title={say.again}
          loading={isFetching && !isPlaceholderData && pages.length > 0}
          onClick={() => void refetch()}
        >
          <IconRefresh size={16} stroke={1.75} />
        </ActionIcon>
      </div>
      <Columns sources={sources} columns={columns} onChoose={choose} />
      {error && <p role="alert">{`${error.message} ${error.fix}`}</p>}
      {!error && rows.length === 0 && (
        <p className="people-note" role="status">
          {isFetching ? say.loading : say.none[group.state]}
        </p>
      )}
      {rows.length > 0 && (
        <PeopleTable
          rows={rows}
          columns={pages[0]?.columns ?? []}
          state={group.state}
          view={view}
          old={isPlaceholderData}
          onPerson={does.onPerson}
        />
      )}
      {withheld.length > 0 && (
        <p className="people-note">{say.withheld(withheld.map(columnName).join(', '))}</p>
      )}
      <div className="people-foot">
        {hasNextPage && (
          <Button size="xs" variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
            {say.more}
          </Button>
        )}
        {rows.length > 1 && <p className="people-note">{say.order}</p>}
      </div>
    </SidePanel>
  );
}

interface WhichProps {
  step: StepView;
  group: Group;
  onGroup: (group: Group) => void;
}

/** Here, through or not sent; the last only at steps that send, by reason. */
function Which({ step, group, onGroup }: WhichProps) {
  const name = useId();
  const reasons = Object.entries(step.counts?.reasons ?? {}).filter(([, count]) => count > 0);
  const sends = step.outcomes.length > 0;
  const states: Presence[] = sends ? ['here', 'through', 'not_sent'] : ['here', 'through'];
  return (
    <>
      <div className="segments" role="radiogroup" aria-label={say.which}>
        {states.map((state) => (
          <label key={state}>
            <input
              type="radio"
              name={name}
              checked={state === group.state}
              onChange={() => onGroup({ state, reason: null })}
            />
            <span>{say[state]}</span>
          </label>
        ))}
      </div>
      {group.state === 'not_sent' && reasons.length > 0 && (
        <select
          className="control people-reason"
          aria-label={say.reason}
          value={group.reason ?? ''}
          onChange={(event) => onGroup({ state: 'not_sent', reason: event.currentTarget.value || null })}
        >
          <option value="">{say.anyReason}</option>
          {reasons.map(([reason, count]) => (
            <option key={reason} value={reason}>
              {`${sentence(reasonName(reason))} (${number(count)})`}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

interface ColumnsProps {
  sources: Parameters<typeof useColumns>[0];
  columns: readonly string[];
  onChoose: (columns: string[]) => void;
}

function Columns({ sources, columns, onChoose }: ColumnsProps) {
  const groups = useMemo(() => {
    const all = sources ? variables(sources) : [];
    return all.map((group) => ({
      ...group,
      options: group.options.filter((option) => !columns.includes(option.value)),
    }));
  }, [sources, columns]);
  return (
    <div className="people-columns">
      {columns.map((column) => (
        <span key={column} className="people-column">
          {sentence(columnName(column))}
          <button
            type="button"
            aria-label={say.remove(columnName(column))}
            onClick={() => onChoose(columns.filter((each) => each !== column))}
          >
            <IconX size={12} stroke={2} aria-hidden="true" />
          </button>
        </span>
      ))}
      {columns.length < MOST_COLUMNS ? (
        <Picker
          className="people-add"
          groups={groups}
          search={say.search}
          face={
            <>
              <IconColumnInsertRight size={14} aria-hidden="true" />
              {say.add}
            </>
          }
          onPick={(column) => onChoose([...columns, column])}
        />
      ) : (
        <span className="people-note">{say.most}</span>
      )}
    </div>
  );
}
