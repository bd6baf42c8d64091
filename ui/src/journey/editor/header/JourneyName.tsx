/** The journey's name, edited where it stands. */

import { useRef, useState } from 'react';
import { useSelectWhole } from '../../../form/selectWhole';
import { renameJourney } from '../commands';
import { useDocument, useEditor } from '../editor';
import { words } from '../words';

export function JourneyName() {
  const editor = useEditor();
  const { name } = useDocument();
  const [typed, setTyped] = useState<string | null>(null);
  const dropped = useRef(false);
  const selecting = useSelectWhole();
  return (
    <h1>
      <input
        className="journey-name"
        aria-label={words.name.label}
        title={words.name.edit}
        value={typed ?? name}
        maxLength={120}
        spellCheck={false}
        {...selecting}
        onFocus={(event) => {
          setTyped(name);
          selecting.onFocus(event);
        }}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (typed !== null && !dropped.current) renameJourney(editor, typed);
          dropped.current = false;
          setTyped(null);
        }}
        onKeyDown={(event) => {
          dropped.current = event.key === 'Escape';
          if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur();
        }}
      />
    </h1>
  );
}
