/** The rule as the lakehouse is asked it. */

import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { words } from '../words';

const say = words.reach;

export function Sql({ sql, old }: { sql: string; old: boolean }) {
  const clipboard = useClipboard({ timeout: 1500 });
  if (!sql) return <p className="reach-note">{say.asking}</p>;
  return (
    <div className="sql" data-old={old || undefined}>
      <button type="button" className="add-button" onClick={() => clipboard.copy(sql)}>
        {clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        {clipboard.copied ? say.copied : say.copy}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{sql}</pre>
      <p className="reach-note">{say.sqlNote}</p>
    </div>
  );
}
