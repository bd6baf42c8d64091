/** A field's name, what it means, its control, and what is wrong with it. */

import { IconAlertCircle, IconAlertTriangle } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { Prose } from '../ui/Prose';
import { useForm } from './context';
import { exactly, type Path, say, type Trouble, within } from './problems';
import type { Schema } from './schema';
import { words } from './words';

/** What ties a control to its words. */
export interface Tied {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FrameProps {
  title: string;
  schema: Schema;
  path: Path;
  optional?: boolean;
  /** Several controls: the name is a legend of the group. */
  group?: boolean;
  /** Only problems of this very field; those inside are shown inside. */
  shallow?: boolean;
  /** What is inside says all of its problems itself. */
  quiet?: boolean;
  aside?: ReactNode;
  children: (tied: Tied) => ReactNode;
}

export function Frame({ title, schema, path, optional, group, shallow, quiet, aside, children }: FrameProps) {
  const id = useId();
  const { problems } = useForm();
  const found = quiet ? [] : (shallow ? exactly : within)(problems, path);
  const described = [schema.description && `${id}-hint`, found.length > 0 && `${id}-bad`].filter(Boolean);
  const tied: Tied = {
    id,
    'aria-describedby': described.join(' ') || undefined,
    'aria-invalid': found.some((each) => each.severity === 'error') || undefined,
  };
  const grouping = {
    role: 'group',
    'aria-labelledby': `${id}-name`,
    'aria-describedby': tied['aria-describedby'],
  };
  const name = (
    <>
      {title}
      {optional && <em> {words.optional}</em>}
    </>
  );
  return (
    <div
      className="field"
      data-path={path.join('.')}
      data-bad={tied['aria-invalid']}
      {...(group ? grouping : {})}
    >
      <div className="field-head">
        {group ? (
          <span className="field-name" id={`${id}-name`}>
            {name}
          </span>
        ) : (
          <label className="field-name" htmlFor={id} id={`${id}-name`}>
            {name}
          </label>
        )}
        {aside}
      </div>
      {schema.description && (
        <p className="field-hint" id={`${id}-hint`}>
          <Prose text={schema.description} />
        </p>
      )}
      {children(tied)}
      <Troubles id={`${id}-bad`} found={found} schema={schema} />
    </div>
  );
}

interface TroublesProps {
  id?: string;
  found: readonly Trouble[];
  schema?: Schema;
}

export function Troubles({ id, found, schema }: TroublesProps) {
  if (found.length === 0) return null;
  const said = new Map(found.map((each) => [say(each, schema), each.severity]));
  return (
    <ul className="troubles" id={id}>
      {[...said].map(([text, severity]) => (
        <li key={text} data-severity={severity}>
          {severity === 'error' ? (
            <IconAlertCircle size={15} aria-hidden="true" />
          ) : (
            <IconAlertTriangle size={15} aria-hidden="true" />
          )}
          <span>
            <Prose text={text} />
          </span>
        </li>
      ))}
    </ul>
  );
}
