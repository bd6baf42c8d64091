/** What is in force here and where it comes from: this browser's choices, keys, audits, versions, variables. */

import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import type { Failure } from '../api/failure';
import type { components } from '../api/schema';
import { DataPage, PageHead } from '../ui/DataPage';
import { Audits } from './Audits';
import { Keys } from './Keys';
import { Look } from './Look';
import { Place } from './Place';
import { Variables } from './Variables';
import { words } from './words';
import './settings.css';

type Schemas = components['schemas'];

export type Workspace = Schemas['Workspace'];
export type Audit = Schemas['Audit'];

interface Found {
  workspace: Workspace;
  audits: Audit[];
}

const settingsQuery = queryOptions<Found, Failure>({
  queryKey: ['settings'],
  queryFn: async ({ signal }) => {
    const [workspace, audits] = await Promise.all([
      unwrap(api.GET('/api/v1/settings', { signal })),
      unwrap(api.GET('/api/v1/audits', { signal })),
    ]);
    return { workspace, audits: audits.items };
  },
});

export function SettingsPage() {
  return (
    <DataPage title={words.title} query={useQuery(settingsQuery)} say={words}>
      {(found) => (
        <div className="page-body settings">
          <PageHead title={words.title} />
          <div className="settings-pair">
            <Look />
            <Keys keys={found.workspace.keys} />
          </div>
          <Audits audits={found.audits} />
          <Place workspace={found.workspace} />
          <Variables variables={found.workspace.variables} />
        </div>
      )}
    </DataPage>
  );
}
