/** Every variable that is in force, and where its value comes from. */

import { Prose } from '../ui/Prose';
import type { Workspace } from './SettingsPage';
import { words } from './words';

const say = words.variables;

export function Variables({ variables }: { variables: Workspace['variables'] }) {
  return (
    <section className="sheet" aria-labelledby="settings-variables">
      <h2 id="settings-variables">{say.title}</h2>
      <p className="settings-about">
        <Prose text={say.text} />
      </p>
      <table className="settings-variables">
        <thead>
          <tr>
            <th scope="col">{say.name}</th>
            <th scope="col">{say.value}</th>
            <th scope="col">{say.source}</th>
          </tr>
        </thead>
        <tbody>
          {variables.map(({ name, value, source, description }) => (
            <tr key={name} data-variable={name}>
              <th scope="row">
                <code>{name}</code>
                <small>{description}</small>
              </th>
              <td>{value === '' ? <em>{say.empty}</em> : <code>{value}</code>}</td>
              <td>
                <span className="chip" data-tone={source === 'default' ? undefined : 'violet'}>
                  {say.sources[source]}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
