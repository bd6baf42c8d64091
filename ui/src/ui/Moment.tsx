/** An instant told from now, with everything about it on hover; it keeps itself up to date. */

import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { fullTime, timeFromNow } from '../app/format';

const EVERY_MS = 10_000;

export function Moment({ at }: { at: string }) {
  const [, tick] = useState(0);
  useInterval(() => tick((count) => count + 1), EVERY_MS, { autoInvoke: true });
  return (
    <time dateTime={at} title={fullTime(at)}>
      {timeFromNow(at)}
    </time>
  );
}
