/** All saved audiences: who uses them, and how many people were counted last. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { DataPage, PageHead } from '../../ui/DataPage';
import { Notice } from '../../ui/Notice';
import { type Audience, audiencesQuery } from '../queries';
import { words } from '../words';
import { AudiencesTable } from './AudiencesTable';
import '../builder/tokens.css';
import './list.css';

const say = words.list;

export function AudiencesPage() {
  return (
    <DataPage title={words.title} query={useQuery(audiencesQuery)} say={say}>
      {(audiences) => <Audiences audiences={audiences} />}
    </DataPage>
  );
}

function NewButton() {
  return <Button renderRoot={(props) => <Link to="/new-audience" {...props} />}>{say.new}</Button>;
}

function Audiences({ audiences }: { audiences: Audience[] }) {
  if (audiences.length === 0) {
    return (
      <Notice title={say.empty} text={say.emptyText}>
        <NewButton />
      </Notice>
    );
  }
  return (
    <div className="page-body">
      <PageHead title={words.title} text={say.summary(audiences.length)}>
        <NewButton />
      </PageHead>
      <AudiencesTable audiences={audiences} />
    </div>
  );
}
