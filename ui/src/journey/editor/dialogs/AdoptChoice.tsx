/** What becomes of a journey that runs while a version is published: of those who come in, and of those inside. */

import { useQuery } from '@tanstack/react-query';
import { publishFactsQuery } from '../../../api/queries';
import type { Journey } from '../../../api/types';
import { number } from '../../../app/format';
import type { Faces } from '../check/faces';
import { words } from '../words';

const say = words.adopting;

/** `later` leaves the journey on the version it runs with. */
export type Adoption = 'pin' | 'move' | 'later';

export interface Adopted {
  people: Adoption;
  /** For `move`: deleted step → the step its people go on at; null ends their visits. */
  targets: Record<string, string | null>;
}

export const ADOPT: Adopted = { people: 'pin', targets: {} };

interface AdoptChoiceProps {
  id: string;
  revision: number;
  document: Journey;
  faces: Faces;
  value: Adopted;
  onChange: (value: Adopted) => void;
}

export function AdoptChoice({ id, revision, document, faces, value, onChange }: AdoptChoiceProps) {
  const { data: facts } = useQuery(publishFactsQuery(id, revision));
  const deleted = facts?.deleted ?? [];
  const steps = document.nodes.filter((node) => faces[node.id]?.group !== 'start');
  return (
    <fieldset className="adopt">
      <legend>{say.title}</legend>
      {(['pin', 'move', 'later'] as const).map((people) => (
        <label key={people} className="adopt-way">
          <input
            type="radio"
            name="adopt"
            checked={value.people === people}
            onChange={() => onChange({ ...value, people })}
          />
          <span>
            {say.ways[people].name}
            <small>{say.ways[people].text}</small>
          </span>
        </label>
      ))}
      {value.people === 'move' &&
        deleted.map((step) => (
          <label key={step.node_id} className="adopt-target">
            {say.deleted(number(step.inside), step.inside, step.name)}
            <select
              value={value.targets[step.node_id] ?? ''}
              onChange={(event) =>
                onChange({
                  ...value,
                  targets: { ...value.targets, [step.node_id]: event.currentTarget.value || null },
                })
              }
            >
              <option value="">{say.leave}</option>
              {steps.map((node) => (
                <option key={node.id} value={node.id}>
                  {faces[node.id]?.name ?? node.id}
                </option>
              ))}
            </select>
          </label>
        ))}
    </fieldset>
  );
}

/** What is sent: every deleted step with people has a target, leaving where none was chosen. */
export function targetsOf(adopted: Adopted, deleted: readonly string[]): Record<string, string | null> {
  if (adopted.people !== 'move') return {};
  return Object.fromEntries(deleted.map((step) => [step, adopted.targets[step] ?? null]));
}
