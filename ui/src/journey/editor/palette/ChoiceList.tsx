/** A search field over a list: typing narrows it, arrows choose, Enter takes. */

import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';

export interface Choice {
  key: string;
  group: string;
  title: string;
  hint: string;
  kind?: string;
  icon: ReactNode;
  /** Small text on the right. */
  tail?: string;
}

interface ChoiceListProps {
  label: string;
  placeholder: string;
  none: string;
  choices: (wish: string) => readonly Choice[];
  onTake: (key: string) => void;
}

export function ChoiceList({ label, placeholder, none, choices, onTake }: ChoiceListProps) {
  const id = useId();
  const [wish, setWish] = useState('');
  const [at, setAt] = useState(0);
  const shown = choices(wish);
  const chosen = Math.min(at, shown.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (chosen + step + shown.length) % Math.max(1, shown.length);
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const choice = shown[chosen];
      if (choice) onTake(choice.key);
    }
  };
  return (
    <>
      <input
        type="text"
        className="ask-search"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={shown.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={wish}
        // biome-ignore lint/a11y/noAutofocus: it was asked for by the press that opened it
        autoFocus
        onChange={(event) => {
          setWish(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {shown.length === 0 && <p className="palette-none">{none}</p>}
      <div className="ask-list" role="listbox" id={id} aria-label={label}>
        {shown.map((choice, index) => (
          <div key={choice.key} role="presentation">
            {choice.group !== shown[index - 1]?.group && <h2 role="presentation">{choice.group}</h2>}
            <div
              id={`${id}-${index}`}
              className="ask-item"
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              data-kind={choice.kind}
              data-choice={choice.key}
              onPointerMove={() => index !== chosen && setAt(index)}
              onClick={() => onTake(choice.key)}
              onKeyDown={onKeyDown}
            >
              <span className="step-icon">{choice.icon}</span>
              <span className="palette-words">
                <b>{choice.title}</b>
                {choice.hint && <i>{choice.hint}</i>}
              </span>
              {choice.tail && <kbd>{choice.tail}</kbd>}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
