/** What this browser shows: language and colours. */

import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { choose, LANGUAGES, type Language, language } from '../app/language';
import { words } from './words';

const say = words.look;
const SCHEMES: readonly MantineColorScheme[] = ['auto', 'light', 'dark'];

export function Look() {
  const id = useId();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className="sheet" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{say.title}</h2>
      <div className="settings-choice">
        <label htmlFor={`${id}-language`}>{say.language}</label>
        <select
          id={`${id}-language`}
          value={language}
          onChange={(event) => choose(event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <fieldset className="settings-choice">
        <legend>{say.scheme}</legend>
        <span className="settings-schemes">
          {SCHEMES.map((each) => (
            <label key={each}>
              <input
                type="radio"
                name={`${id}-scheme`}
                checked={colorScheme === each}
                onChange={() => setColorScheme(each)}
              />
              <span>{say.schemes[each]}</span>
            </label>
          ))}
        </span>
      </fieldset>
    </section>
  );
}
