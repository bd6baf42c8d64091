/** A secret: it can be set, replaced or cleared, and is never shown again. */

import { Button } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { createContext, useContext } from 'react';
import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { isOptional } from '../fields/Scalars';
import { words } from '../words';

interface Kept {
  is_set: boolean;
  /** Where it is read from, when it is not kept here. */
  reference: string | null;
}

/** What is kept of the secrets of the form, by field; the value of a field that is left alone is undefined. */
export const KeptSecrets = createContext<Readonly<Record<string, Kept>>>({});

const say = words.secret;
const REFERENCE = /^(env|file):/;

export function SecretWidget(props: FieldProps) {
  const { schema, value, path, title, required, onChange } = props;
  const kept = useContext(KeptSecrets)[String(path.at(-1))];
  const stays = kept?.is_set === true && typeof value !== 'string';
  if (stays) return <Settled {...props} kept={kept} />;
  const text = typeof value === 'string' ? value : '';
  const keep = kept?.is_set && (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      aria-label={say.keepOf(title)}
      onClick={() => onChange(undefined)}
    >
      {say.keep}
    </Button>
  );
  return (
    <Frame
      title={title}
      schema={{ ...schema, description: schema.description ?? say.hint }}
      path={path}
      optional={isOptional(schema, required)}
      aside={keep || undefined}
    >
      {(tied) => (
        <input
          {...tied}
          className="control"
          type={REFERENCE.test(text) ? 'text' : 'password'}
          autoComplete="new-password"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
          autoFocus={kept?.is_set}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

/** One that is kept: as it is, or to be cleared with the next save. */
function Settled({ schema, value, path, title, required, onChange, kept }: FieldProps & { kept: Kept }) {
  const clearing = value === null;
  return (
    <Frame title={title} schema={schema} path={path} group>
      {() => (
        <div className="secret" data-clearing={clearing || undefined}>
          <IconLock size={16} stroke={1.75} aria-hidden="true" />
          <span>{clearing ? say.clearing : kept.reference ? <code>{kept.reference}</code> : say.set}</span>
          {clearing ? (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={say.keepOf(title)}
              onClick={() => onChange(undefined)}
            >
              {say.keep}
            </Button>
          ) : (
            <>
              <Button
                variant="default"
                size="compact-xs"
                aria-label={say.replaceOf(title)}
                onClick={() => onChange(kept.reference ?? '')}
              >
                {say.replace}
              </Button>
              {!required && (
                <Button
                  variant="default"
                  size="compact-xs"
                  aria-label={say.clearOf(title)}
                  onClick={() => onChange(null)}
                >
                  {say.clear}
                </Button>
              )}
            </>
          )}
        </div>
      )}
    </Frame>
  );
}
