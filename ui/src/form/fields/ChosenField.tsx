/** A text the provider's account has choices for: they are offered by name, and anything else may be typed. */

import { useQuery } from '@tanstack/react-query';
import { choicesQuery } from '../choices';
import { type FieldProps, useForm } from '../context';
import { Picker } from '../pop/Picker';
import { words } from '../words';
import { TextField } from './Scalars';

const say = words.choices;

export function ChosenField(props: FieldProps) {
  const { title, value, path, onChange } = props;
  const { connection } = useForm();
  const { data = [], error } = useQuery({
    ...choicesQuery(connection, String(path.at(-1))),
    enabled: connection !== '',
  });
  const chosen = data.find((each) => each.value === value);
  const options = data.map((each) => ({ value: each.value, label: each.label, hint: each.value }));
  return (
    <div className="chosen-field">
      <TextField {...props} />
      {data.length > 0 && (
        <Picker
          className="chosen-pick"
          groups={[{ title, options }]}
          search={say.search}
          face={chosen ? chosen.label : say.choose}
          value={chosen?.value}
          onPick={onChange}
        />
      )}
      {error && <p className="field-hint">{say.failed}</p>}
    </div>
  );
}
