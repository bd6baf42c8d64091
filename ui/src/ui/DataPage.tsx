/** A page that shows one answer of the server: its outline while it loads, what went wrong, and that it may be old. */

import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Failure } from '../api/failure';
import { TopBar } from '../app/shell/TopBar';
import { words } from '../app/words';
import { Banner } from './Banner';
import { Notice } from './Notice';
import { PageSkeleton } from './PageSkeleton';
import { usePageTitle } from './usePageTitle';
import './page.css';

interface DataPageProps<Data> {
  title: string;
  query: Pick<UseQueryResult<Data, Failure>, 'data' | 'error' | 'refetch' | 'isFetching'>;
  say: { loading: string; failed: string };
  children: (data: Data) => ReactNode;
}

export function DataPage<Data>({ title, query, say, children }: DataPageProps<Data>) {
  const { data, error, refetch, isFetching } = query;
  usePageTitle(title);
  const retry = (
    <Button
      variant={data ? 'default' : 'filled'}
      size={data ? 'xs' : 'sm'}
      loading={isFetching}
      onClick={() => refetch()}
    >
      {words.failure.retry}
    </Button>
  );
  return (
    <div className="page">
      <TopBar />
      {data && error && (
        <Banner tone={error.kind === 'away' ? 'away' : 'bad'} title={error.message} text={words.stale}>
          {retry}
        </Banner>
      )}
      <main id="content">
        {data ? (
          children(data)
        ) : error ? (
          <Notice tone="bad" title={say.failed} text={`${error.message} ${error.fix}`}>
            {retry}
          </Notice>
        ) : (
          <PageSkeleton title={title} label={say.loading} />
        )}
      </main>
    </div>
  );
}

interface PageHeadProps {
  title: string;
  /** How many there are, or what the page is about. */
  text?: string;
  /** The page's one loud button. */
  children?: ReactNode;
}

export function PageHead({ title, text, children }: PageHeadProps) {
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}
