/** A rule with its reach on top: what a step's form shows, narrow or in a dialog. */

import type { Trouble } from '../form/problems';
import { RuleBuilder } from './RuleBuilder';
import { ReachHead } from './reach/ReachHead';
import { ReachPanel } from './reach/ReachPanel';
import { useReach } from './reach/useReach';
import type { Rule } from './rule';

export interface RuleEditorProps {
  rule: Rule;
  problems: readonly Trouble[];
  onChange: (rule: Rule) => void;
  inJourney: boolean;
  lookBack: boolean;
  /** With breakdown, sample and SQL beside it. */
  large?: boolean;
}

export default function RuleEditor(props: RuleEditorProps) {
  const { rule, problems, large = false, ...how } = props;
  const reach = useReach(rule);
  const all = merged(problems, reach.problems);
  const builder = <RuleBuilder rule={rule} problems={all} {...how} />;
  if (!large) {
    return (
      <div className="rule-editor">
        <ReachHead reach={reach} />
        {builder}
      </div>
    );
  }
  return (
    <div className="rule-large">
      {builder}
      <ReachPanel rule={rule} reach={reach} />
    </div>
  );
}

/** The same problem told by the check and by the count is one. */
function merged(first: readonly Trouble[], second: readonly Trouble[]): Trouble[] {
  const key = (problem: Trouble) => `${problem.code} ${problem.path.join('.')}`;
  const told = new Set(first.map(key));
  return [...first, ...second.filter((problem) => !told.has(key(problem)))];
}
