/** One audience: its name, its rule, and who that is right now. New ones begin empty, or as a copy. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { TopBar } from '../../app/shell/TopBar';
import { words as app } from '../../app/words';
import { Notice } from '../../ui/Notice';
import { usePageTitle } from '../../ui/usePageTitle';
import { EVERYBODY } from '../ast';
import { audienceQuery } from '../queries';
import { readRule } from '../rule';
import { words } from '../words';
import { AudienceEditor } from './AudienceEditor';
import { PageSkeleton } from './PageSkeleton';
import './pages.css';

const say = words.page;
const NEW = { name: '', rule: EVERYBODY };

export function AudiencePage() {
  const { id } = useParams({ from: '/audiences/$id' });
  const { data, error, refetch } = useQuery(audienceQuery(id));
  usePageTitle(data?.name ?? words.title);
  if (data) return <AudienceEditor key={id} saved={data} start={NEW} />;
  return (
    <Elsewhere
      missing={error?.status === 404}
      text={error ? `${error.message} ${error.fix}` : null}
      onRetry={refetch}
    />
  );
}

export function NewAudiencePage() {
  const { from } = useSearch({ from: '/new-audience' });
  const { data, error, refetch } = useQuery({ ...audienceQuery(from ?? ''), enabled: from !== undefined });
  usePageTitle(say.new);
  if (from === undefined) return <AudienceEditor saved={null} start={NEW} />;
  if (data) return <Copy name={data.name} rule={data.rule} />;
  return (
    <Elsewhere
      missing={error?.status === 404}
      text={error ? `${error.message} ${error.fix}` : null}
      onRetry={refetch}
    />
  );
}

function Copy({ name, rule }: { name: string; rule: unknown }) {
  return <AudienceEditor saved={null} start={NEW} copy={{ name: say.copyOf(name), rule: readRule(rule) }} />;
}

interface ElsewhereProps {
  missing: boolean;
  /** What went wrong; nothing yet while it loads. */
  text: string | null;
  onRetry: () => void;
}

function Elsewhere({ missing, text, onRetry }: ElsewhereProps) {
  return (
    <div className="audience-page">
      <TopBar />
      <main id="content">
        {text === null ? (
          <PageSkeleton label={say.loading} />
        ) : (
          <Notice
            tone="bad"
            title={missing ? say.missing : say.failed}
            text={missing ? say.missingFix : text}
          >
            {!missing && <Button onClick={onRetry}>{app.failure.retry}</Button>}
            <Button variant="default" renderRoot={(props) => <Link to="/audiences" {...props} />}>
              {say.back}
            </Button>
          </Notice>
        )}
      </main>
    </div>
  );
}
