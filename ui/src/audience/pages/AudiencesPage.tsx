/** All saved audiences; how many are in one is asked when somebody wants to know. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TopBar } from '../../app/shell/TopBar';
import { words as app } from '../../app/words';
import { Banner } from '../../ui/Banner';
import { Notice } from '../../ui/Notice';
import { usePageTitle } from '../../ui/usePageTitle';
import { type Audience, audiencesQuery } from '../queries';
import { words } from '../words';
import { AudiencesTable } from './AudiencesTable';
import { PageSkeleton } from './PageSkeleton';
import '../builder/tokens.css';
import './list.css';
import './pages.css';

const say = words.list;

export function AudiencesPage() {
  usePageTitle(words.title);
  const { data, error, refetch, isFetching } = useQuery(audiencesQuery);
  const retry = (
    <Button
      size={data ? 'xs' : 'sm'}
      variant={data ? 'default' : 'filled'}
      loading={isFetching}
      onClick={() => refetch()}
    >
      {app.failure.retry}
    </Button>
  );
  return (
    <div className="audience-page">
      <TopBar />
      {data && error && (
        <Banner tone={error.kind === 'away' ? 'away' : 'bad'} title={error.message} text={say.stale}>
          {retry}
        </Banner>
      )}
      <main id="content">
        {data ? (
          <Audiences audiences={data} />
        ) : error ? (
          <Notice tone="bad" title={say.failed} text={`${error.message} ${error.fix}`}>
            {retry}
          </Notice>
        ) : (
          <PageSkeleton label={say.loading} />
        )}
      </main>
    </div>
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
    <div className="audiences">
      <div className="audiences-head">
        <h1>{words.title}</h1>
        <p>{say.summary(audiences.length)}</p>
        <NewButton />
      </div>
      <AudiencesTable audiences={audiences} />
    </div>
  );
}
