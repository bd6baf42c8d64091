/** Any field: a widget when the schema asks for one, else what its type calls for. */

import { Button } from '@mantine/core';
import type { ComponentType } from 'react';
import { type FieldProps, useForm } from './context';
import { Frame } from './Frame';
import { ChosenField } from './fields/ChosenField';
import { JsonField } from './fields/JsonField';
import { ListField } from './fields/ListField';
import { MomentField } from './fields/MomentField';
import { ChoiceField, NumberField, TextField, ToggleField } from './fields/Scalars';
import { isSet, SetField } from './fields/SetField';
import { VariantField } from './fields/VariantField';
import { ObjectFields } from './ObjectFields';
import { blank, isFields, resolve, type Schema, type Shape, shapeOf, shown } from './schema';
import { WIDGET_NAMES, widgetOf } from './widgets/registry';
import { words } from './words';

interface AnyFieldProps extends FieldProps {
  name: string;
  /** Inside a list: the entry already has a heading. */
  bare?: boolean;
}

export function Field({ bare, ...props }: AnyFieldProps) {
  const { root } = useForm();
  const schema = resolve(props.schema, root);
  const shape = shapeOf(schema, WIDGET_NAMES);
  if (shape === 'fixed') return null;
  const field: FieldProps = { ...props, schema, value: shown(props.value, schema) };
  if (shape === 'object' && bare) return <Inside {...field} />;
  const Drawn = shape === 'widget' ? widgetOf(schema) : drawnBy(schema, shape, root);
  return <Drawn {...field} />;
}

function drawnBy(schema: Schema, shape: Exclude<Shape, 'widget' | 'fixed'>, root: Schema) {
  if (shape === 'list' && isSet(schema, root)) return SetField;
  if (shape === 'text' && schema.format === 'date-time') return MomentField;
  if (shape === 'text' && schema['x-choices']) return ChosenField;
  return FIELDS[shape];
}

/** One that may be missing is added and taken away as a whole. */
function ObjectField(props: FieldProps) {
  const { schema, value, path, title, onChange } = props;
  const { root } = useForm();
  const there = isFields(value);
  const turn = schema.nullable && (
    <Button
      variant={there ? 'subtle' : 'default'}
      color="gray"
      size="compact-xs"
      aria-label={there ? words.list.remove(title) : words.list.add(title)}
      onClick={() => onChange(there ? null : blank({ ...schema, nullable: false, default: undefined }, root))}
    >
      {there ? words.without : words.with}
    </Button>
  );
  return (
    <Frame title={title} schema={schema} path={path} group shallow aside={turn || undefined}>
      {() =>
        (there || !schema.nullable) && (
          <div className="nested-fields">
            <Inside {...props} />
          </div>
        )
      }
    </Frame>
  );
}

function Inside({ schema, value, path, onChange }: FieldProps) {
  return (
    <ObjectFields schema={schema} value={isFields(value) ? value : {}} path={path} onChange={onChange} />
  );
}

const FIELDS: Record<Exclude<Shape, 'widget' | 'fixed'>, ComponentType<FieldProps>> = {
  choice: ChoiceField,
  toggle: ToggleField,
  number: NumberField,
  text: TextField,
  list: ListField,
  object: ObjectField,
  variant: VariantField,
  unknown: JsonField,
};
