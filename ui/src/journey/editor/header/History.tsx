/** Back, forth, and everything that was done by name. */

import { IconArrowBackUp, IconArrowForwardUp, IconHistory } from '@tabler/icons-react';
import { useStore } from 'zustand';
import { BarMenu } from '../../../ui/BarMenu';
import { redo, undo } from '../commands';
import { historyOf } from '../draft';
import { type Editor, useEditor } from '../editor';
import { words } from '../words';

export function History() {
  const editor = useEditor();
  const intent = useStore(editor.draft.store, (state) => state.intent);
  const next = useStore(editor.draft.history, (state) => state.futureStates.at(-1)?.intent ?? '');
  return (
    <div className="history-buttons">
      <BarButton label={words.undo(intent)} disabled={!intent} onPress={() => undo(editor)}>
        <IconArrowBackUp size={19} stroke={1.75} />
      </BarButton>
      <BarButton label={words.redo(next)} disabled={!next} onPress={() => redo(editor)}>
        <IconArrowForwardUp size={19} stroke={1.75} />
      </BarButton>
      <BarMenu
        label={words.history}
        className="bar-button history-menu"
        disabled={!intent && !next}
        button={<IconHistory size={18} stroke={1.75} />}
      >
        {(close) => <Entries editor={editor} onDone={close} />}
      </BarMenu>
    </div>
  );
}

interface BarButtonProps {
  label: string;
  disabled: boolean;
  onPress: () => void;
  children: React.ReactNode;
}

function BarButton({ label, disabled, onPress, children }: BarButtonProps) {
  return (
    <button
      type="button"
      className="bar-button"
      aria-label={label}
      title={label}
      aria-disabled={disabled}
      data-off={disabled || undefined}
      onClick={() => !disabled && onPress()}
    >
      {children}
    </button>
  );
}

function Entries({ editor, onDone }: { editor: Editor; onDone: () => void }) {
  const entries = historyOf(editor.draft).toReversed();
  return (
    <>
      <h2>{words.history}</h2>
      {entries.map(({ intent, offset }) => (
        <button
          key={offset}
          type="button"
          className="bar-item"
          aria-current={offset === 0}
          data-future={offset > 0 || undefined}
          onClick={() => {
            editor.draft.jump(offset);
            onDone();
          }}
        >
          <span>{intent || words.historyStart}</span>
        </button>
      ))}
    </>
  );
}
