/** All accounts that channels go through: whose they are, whether they work, and who uses them. */

import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { createElement } from 'react';
import { iconOf } from '../journey/canvas/icons';
import { DataPage, PageHead } from '../ui/DataPage';
import { Notice } from '../ui/Notice';
import { SandboxLink } from '../ui/SandboxLink';
import { Wrong } from '../ui/Wrong';
import { type ConnectionRow, connectionsKey, connectionsQuery, testSaved } from './queries';
import { TestAnswer } from './TestAnswer';
import { words } from './words';
import '../ui/table.css';
import './connections.css';

const { columns } = words;

export function ConnectionsPage() {
  return (
    <DataPage title={words.title} query={useQuery(connectionsQuery)} say={words}>
      {(rows) =>
        rows.length === 0 ? (
          <Notice title={words.empty} text={words.emptyText}>
            <NewButton />
          </Notice>
        ) : (
          <div className="page-body">
            <PageHead title={words.title} text={words.summary(rows.length)}>
              <SandboxLink />
              <NewButton />
            </PageHead>
            <Table rows={rows} />
          </div>
        )
      }
    </DataPage>
  );
}

function NewButton() {
  return (
    <Button
      leftSection={<IconPlus size={16} stroke={2} />}
      renderRoot={(props) => <Link to="/new-connection" {...props} />}
    >
      {words.new}
    </Button>
  );
}

function Table({ rows }: { rows: ConnectionRow[] }) {
  return (
    <table className="table connections-table">
      <thead>
        <tr>
          <th scope="col">{columns.name}</th>
          <th scope="col">{columns.channel}</th>
          <th scope="col">{columns.from}</th>
          <th scope="col">{columns.used}</th>
          <th scope="col">{columns.check}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: ConnectionRow }) {
  return (
    <tr data-connection={row.name}>
      <th scope="row">
        <Link to="/connections/$name" params={{ name: row.name }} className="table-name">
          {row.name}
        </Link>
        {row.problem && <Wrong text={row.problem} severity="warning" />}
      </th>
      <td data-label={columns.channel}>
        <span className="connection-channel">
          {createElement(iconOf(row.icon), { size: 17, stroke: 1.75, 'aria-hidden': true })}
          {row.kind === null ? words.gone : row.title}
        </span>
      </td>
      <td className="quiet" data-label={columns.from}>
        {words.from[row.source] ?? row.source}
      </td>
      <td className="quiet" data-label={columns.used} title={row.used_in.map((each) => each.name).join('\n')}>
        {row.used_in.length === 0 ? words.unused : words.journeys(row.used_in.length)}
      </td>
      <td data-label={columns.check} data-wide data-part="check">
        <Test row={row} />
      </td>
    </tr>
  );
}

function Test({ row }: { row: ConnectionRow }) {
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => testSaved(row.name),
    // A refusal is kept as the last answer, so the list tells both.
    onSettled: () => client.invalidateQueries({ queryKey: connectionsKey, exact: true }),
  });
  return (
    <div className="connection-test">
      <span role="status">
        <TestAnswer check={row.last_check} />
      </span>
      {row.kind !== null && (
        <Button
          size="compact-sm"
          variant="default"
          loading={test.isPending}
          aria-label={words.testOf(row.name)}
          onClick={() => test.mutate()}
        >
          {words.test}
        </Button>
      )}
    </div>
  );
}
