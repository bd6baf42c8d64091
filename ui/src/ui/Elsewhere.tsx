/** In place of one thing's page: its outline while it loads, or that it is not there, or what went wrong. */

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Failure } from '../api/failure';
import { TopBar } from '../app/shell/TopBar';
import { words } from '../app/words';
import { Notice } from './Notice';
import { PageSkeleton } from './PageSkeleton';
import './page.css';

interface ElsewhereProps {
  title: string;
  /** Nothing yet while it loads. */
  error: Failure | null;
  say: { loading: string; failed: string; missing: string; missingFix: string; back: string };
  /** Where the others are. */
  list: '/audiences' | '/connections';
  onRetry: () => void;
}

export function Elsewhere({ title, error, say, list, onRetry }: ElsewhereProps) {
  const missing = error?.status === 404;
  return (
    <div className="page">
      <TopBar />
      <main id="content">
        {error === null ? (
          <PageSkeleton title={title} label={say.loading} />
        ) : (
          <Notice
            tone="bad"
            title={missing ? say.missing : say.failed}
            text={missing ? say.missingFix : `${error.message} ${error.fix}`}
          >
            {!missing && <Button onClick={onRetry}>{words.failure.retry}</Button>}
            <Button variant="default" renderRoot={(props) => <Link to={list} {...props} />}>
              {say.back}
            </Button>
          </Notice>
        )}
      </main>
    </div>
  );
}
