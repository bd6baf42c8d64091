/** What holds for the journey as a whole, in the form the server describes. */

import { IconAdjustments } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { catalogueQuery } from '../../../api/drafting';
import { FormSkeleton } from '../../../form/FormSkeleton';
import { SchemaForm } from '../../../form/SchemaForm';
import { resolve, type Schema, titleOf } from '../../../form/schema';
import { SETTINGS } from '../check/useCheck';
import { changeSettings } from '../commands';
import { useDocument, useEditor, useKnown } from '../editor';
import { words } from '../words';
import { AsideCard } from './AsideCard';

const say = words.settings;
const PATH = [SETTINGS];

export default function SettingsAside() {
  const editor = useEditor();
  const { settings, name } = useDocument();
  const { data, error } = useQuery(catalogueQuery);
  const all = useKnown((state) => state.problems);
  const problems = useMemo(() => all.filter(({ path }) => path[0] === SETTINGS), [all]);
  const schema = data?.settings as Schema | undefined;
  const onChange = useCallback(
    (next: Record<string, unknown>) =>
      changeSettings(editor, next, (field) =>
        titleOf(field, resolve(schema?.properties?.[field] ?? {}, schema ?? {})),
      ),
    [editor, schema],
  );
  return (
    <AsideCard title={say.title} about={name} icon={<IconAdjustments size={19} stroke={1.75} />}>
      <div className="draft-form">
        {schema ? (
          <SchemaForm
            schema={schema}
            value={settings}
            problems={problems}
            path={PATH}
            inJourney
            lookBack
            onChange={onChange}
          />
        ) : error ? (
          <p role="alert">{`${error.message} ${error.fix}`}</p>
        ) : (
          <FormSkeleton />
        )}
      </div>
    </AsideCard>
  );
}
