/** A step's form: its name, and the fields its type asks for. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useMemo, useState } from 'react';
import { catalogueQuery } from '../api/drafting';
import type { DrawnNode } from '../api/types';
import { Prose } from '../ui/Prose';
import { schemaOf } from './catalogue';
import type { Shows } from './context';
import { FormSkeleton } from './FormSkeleton';
import type { Trouble } from './problems';
import { SchemaForm } from './SchemaForm';
import type { Fields } from './schema';
import { useDraft } from './useDraft';
import { words } from './words';
import './form.css';

const NAME_LENGTH = 120;
const NONE: ReadonlySet<string> = new Set();

export interface StepFormProps {
  node: DrawnNode;
  /** The step's own problems; a path leads to the field inside its data. */
  problems: readonly Trouble[];
  /** Members have waited before they come here. */
  lookBack: boolean;
  /** It was just added: a field's problems are shown once it was left. */
  fresh: boolean;
  onChange: (data: Fields) => void;
  onRename: (name: string) => void;
}

export default function NodeForm({ node, problems, lookBack, fresh, onChange, onRename }: StepFormProps) {
  const { data, error, refetch } = useQuery(catalogueQuery);
  const kind = data?.nodes.find((each) => each.type === node.type);
  const schema = data && schemaOf(data, node.type);
  const [left, setLeft] = useState<ReadonlySet<string>>(NONE);
  const shows = useMemo<Shows | undefined>(
    () => (fresh ? (path) => path.some((_, i) => left.has(path.slice(0, i + 1).join('.'))) : undefined),
    [fresh, left],
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: leaving any field tells that it was filled in
    <div
      className="step-form"
      data-step={node.id}
      onBlur={({ target }) => {
        const path = target.closest<HTMLElement>('[data-path]')?.dataset.path;
        if (fresh && path) setLeft((before) => new Set([...before, path]));
      }}
    >
      <NameField name={node.name} title={kind?.title ?? ''} onRename={onRename} />
      {schema ? (
        <SchemaForm
          schema={schema}
          value={node.data}
          problems={problems}
          inJourney={kind?.group !== 'start'}
          lookBack={lookBack}
          shows={shows}
          onChange={onChange}
        />
      ) : data ? (
        <Missing text={`${words.unknownType(node.type)} ${words.unknownTypeFix}`} />
      ) : error ? (
        <Missing text={`${words.failed} ${error.message} ${error.fix}`}>
          <Button size="xs" variant="default" onClick={() => refetch()}>
            {words.retry}
          </Button>
        </Missing>
      ) : (
        <FormSkeleton />
      )}
    </div>
  );
}

interface NameFieldProps {
  name: string;
  /** What a nameless step is called. */
  title: string;
  onRename: (name: string) => void;
}

function NameField({ name, title, onRename }: NameFieldProps) {
  const id = useId();
  const draft = useDraft(name, onRename);
  return (
    <div className="field">
      <label className="field-name" htmlFor={id}>
        {words.name}
      </label>
      <input
        id={id}
        className="control"
        autoComplete="off"
        maxLength={NAME_LENGTH}
        placeholder={title}
        value={draft.value}
        onChange={(event) => draft.change(event.currentTarget.value)}
        onBlur={draft.flush}
      />
    </div>
  );
}

function Missing({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="form-missing" role="alert">
      <p>
        <Prose text={text} />
      </p>
      {children}
    </div>
  );
}
