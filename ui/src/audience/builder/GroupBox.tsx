/** Conditions put together: all of them, or any; groups in groups, each with a rail. */

import { IconDots, IconPlus, IconX } from '@tabler/icons-react';
import { useId } from 'react';
import { Troubles } from '../../form/Frame';
import { Menu } from '../../form/pop/Menu';
import { Picker } from '../../form/pop/Picker';
import { exactly } from '../../form/problems';
import { fits, insert, level, negate, type Path, peel, replace } from '../ast';
import { begin } from '../columns';
import { useBuilder } from '../context';
import type { Group } from '../rule';
import { useRuleText } from '../useRuleText';
import { words } from '../words';
import { Row } from './Row';
import { usePartActions } from './usePartActions';

const say = words.group;

interface GroupBoxProps {
  group: Group;
  path: Path;
  negated: boolean;
}

export function GroupBox({ group, path, negated }: GroupBoxProps) {
  const { problems } = useBuilder();
  const text = useRuleText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a rail
    <div
      className="rule-group"
      role="group"
      aria-label={`${say[group.kind]}: ${text(group)}`}
      data-part={path.join('.')}
      data-root={path.length === 0 || undefined}
    >
      <GroupHead group={group} path={path} negated={negated} />
      <Troubles found={exactly(problems, path)} />
      {group.of.length === 0 && <p className="rule-none">{say.none[group.kind]}</p>}
      {group.of.map((part, i) => {
        const at = [...path, 'of', i];
        const { rule, path: inner, negated: turned } = peel(part, at);
        return rule.kind === 'all' || rule.kind === 'any' ? (
          <GroupBox key={at.join('.')} group={rule} path={inner} negated={turned} />
        ) : (
          <Row key={at.join('.')} rule={rule} path={inner} negated={turned} />
        );
      })}
      <GroupFoot group={group} path={path} />
    </div>
  );
}

function GroupHead({ group, path, negated }: GroupBoxProps) {
  const { root, apply } = useBuilder();
  const name = useId();
  const actions = usePartActions(path, negated);
  const isRoot = path.length === 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys work at every control of the head
    <div className="rule-group-head" onKeyDown={isRoot ? undefined : actions.onKeyDown}>
      {negated && (
        <button
          type="button"
          className="rule-not"
          title={words.row.unnegate}
          onClick={() => apply(negate(root, path))}
        >
          {words.row.not}
        </button>
      )}
      <div className="segments" role="radiogroup" aria-label={say.which}>
        {(['all', 'any'] as const).map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name={name}
              checked={group.kind === kind}
              onChange={() => apply(replace(root, path, { ...group, kind }))}
            />
            <span>{say[kind]}</span>
          </label>
        ))}
      </div>
      {!isRoot && (
        <span className="rule-actions">
          <Menu className="icon-button" name={say.more} face={<IconDots size={16} />} items={actions.items} />
          <button type="button" className="icon-button" aria-label={say.remove} onClick={actions.remove}>
            <IconX size={16} />
          </button>
        </span>
      )}
    </div>
  );
}

function GroupFoot({ group, path }: { group: Group; path: Path }) {
  const { root, sources, groups, lookBack, apply } = useBuilder();
  const inside = level(path) + 1;
  const end = [...path, 'of', group.of.length];
  const canCondition = fits({ kind: 'is_set', column: '' }, inside);
  // A group needs room for its own conditions too.
  const canGroup = fits({ kind: 'any', of: [{ kind: 'is_set', column: '' }] }, inside);
  const add = (choice: string) =>
    apply(insert(root, path, group.of.length, begin(choice, sources, lookBack)), end);
  const addGroup = () =>
    apply(insert(root, path, group.of.length, { kind: group.kind === 'all' ? 'any' : 'all', of: [] }), end);
  return (
    <div className="rule-add">
      {canCondition ? (
        <Picker
          className="add-button"
          disabled={groups.length === 0}
          groups={groups}
          search={words.pick.search}
          face={
            <>
              <IconPlus size={14} aria-hidden="true" />
              {say.addCondition}
            </>
          }
          onPick={add}
        />
      ) : (
        <p className="rule-none">{say.deep}</p>
      )}
      {canGroup && (
        <button type="button" className="add-button" onClick={addGroup}>
          <IconPlus size={14} aria-hidden="true" />
          {say.addGroup}
        </button>
      )}
    </div>
  );
}
