/** Any field: a widget when the schema asks for one, else what its type calls for. */

import type { ComponentType } from 'react';
import { type FieldProps, useForm } from './context';
import { Frame } from './Frame';
import { JsonField } from './fields/JsonField';
import { ListField } from './fields/ListField';
import { ChoiceField, NumberField, TextField, ToggleField } from './fields/Scalars';
import { VariantField } from './fields/VariantField';
import { ObjectFields } from './ObjectFields';
import { isFields, resolve, type Shape, shapeOf, shown } from './schema';
import { WIDGET_NAMES, widgetOf } from './widgets/registry';

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
  const Drawn = shape === 'widget' ? widgetOf(schema) : FIELDS[shape];
  return <Drawn {...field} />;
}

function ObjectField(props: FieldProps) {
  return (
    <Frame title={props.title} schema={props.schema} path={props.path} group shallow>
      {() => (
        <div className="nested-fields">
          <Inside {...props} />
        </div>
      )}
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
