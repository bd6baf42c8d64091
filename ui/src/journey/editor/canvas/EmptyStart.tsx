/** Nothing drawn yet: where the first step goes, and how it gets there. */

import { IconPlus } from '@tabler/icons-react';
import { ViewportPortal } from '@xyflow/react';
import { iconOf } from '../../canvas/icons';
import { add } from '../commands';
import { useEditor, useKnown, useSurface } from '../editor';
import { words } from '../words';
import './empty.css';

const say = words.canvas;

export function EmptyStart() {
  const editor = useEditor();
  const starters = useKnown((state) => state.starters);
  const carrying = useSurface((state) => state.carried !== null);
  const start = [...starters.values()].find((starter) => starter.group === 'start');
  const Icon = iconOf(start?.icon ?? 'users');
  return (
    <ViewportPortal>
      <div className="empty-start nopan" data-kind="start">
        <button
          type="button"
          data-target={carrying || undefined}
          disabled={!start}
          onClick={() => start && add(editor, start.type, { kind: 'ground' })}
        >
          <span className="step-icon">
            <Icon size={19} stroke={1.75} />
          </span>
          <span>
            <b>{say.emptyTitle}</b>
            <i>{say.emptyHint}</i>
          </span>
          <IconPlus size={18} stroke={2} aria-hidden="true" />
        </button>
        <p>{say.emptyHelp}</p>
      </div>
    </ViewportPortal>
  );
}
