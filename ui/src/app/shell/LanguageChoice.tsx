/** The language of the pages; until it is chosen, the browser decides. */

import { IconLanguage } from '@tabler/icons-react';
import { choose, LANGUAGES, type Language, language } from '../language';
import { words } from '../words';

export function LanguageChoice() {
  return (
    <span className="bar-choice" title={words.language}>
      <IconLanguage size={18} stroke={1.75} aria-hidden="true" />
      <select
        aria-label={words.language}
        value={language}
        onChange={(event) => choose(event.currentTarget.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
