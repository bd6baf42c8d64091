/** A page that broke: says so in words and offers to try again. */

import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { asFailure } from '../../api/failure';
import { Notice } from '../../ui/Notice';
import { words } from '../words';
import { TopBar } from './TopBar';

export function CrashPage({ error, reset }: ErrorComponentProps) {
  const failure = asFailure(error);
  return (
    <>
      <TopBar />
      <main id="content">
        <Notice title={failure.message} text={failure.fix} tone="bad">
          <Button onClick={reset}>{words.failure.retry}</Button>
        </Notice>
      </main>
    </>
  );
}
