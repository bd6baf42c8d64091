/** Name and rule on one side, who that is on the other; saved when told to, never over somebody else's change. */

import { useNavigate } from '@tanstack/react-router';
import { useCallback, useId, useRef, useState } from 'react';
import { TopBar } from '../../app/shell/TopBar';
import { LeaveDialog } from '../../ui/LeaveDialog';
import type { Audience, AudienceUse } from '../queries';
import { RuleBuilder } from '../RuleBuilder';
import { ReachHead } from '../reach/ReachHead';
import { ReachPanel } from '../reach/ReachPanel';
import { useReach } from '../reach/useReach';
import type { Rule } from '../rule';
import { SizeChart } from '../use/SizeChart';
import { UsedIn } from '../use/UsedIn';
import { words } from '../words';
import { AudienceHead } from './AudienceHead';
import { Conflict } from './Conflict';
import { DeleteDialog } from './DeleteDialog';
import { type Draft, useAudience } from './useAudience';
import '../../ui/page.css';

const say = words.page;

interface AudienceEditorProps {
  saved: Audience | null;
  /** By which journeys what is saved is used. */
  uses?: readonly AudienceUse[];
  start: Draft;
  /** What a copy begins with; it is not saved yet. */
  copy?: Draft;
}

export function AudienceEditor({ saved, uses = [], start, copy }: AudienceEditorProps) {
  const navigate = useNavigate();
  const leaving = useRef(false);
  const [deleting, setDeleting] = useState(false);
  const [begin] = useState(copy ?? start);
  const editing = useAudience(saved, begin, (audience) => {
    if (saved) return;
    leaving.current = true;
    void navigate({ to: '/audiences/$id', params: { id: audience.id }, replace: true });
  });
  const { draft, change, dirty, problems } = editing;
  const reach = useReach(draft.rule);
  const onRule = useCallback((rule: Rule) => change({ rule }), [change]);
  const unsaved = dirty || copy !== undefined;
  const title = useId();
  const told = problems.length > 0 ? problems : reach.problems;
  return (
    <div className="page">
      <TopBar />
      <Conflict editing={editing} />
      <main id="content" className="audience">
        <AudienceHead editing={editing} unsaved={unsaved} saved={saved} onDelete={() => setDeleting(true)} />
        <section className="audience-sheet audience-rule" aria-labelledby={title}>
          <h2 id={title}>{say.rule}</h2>
          <div className="audience-narrow">
            <ReachHead reach={reach} />
          </div>
          <RuleBuilder rule={draft.rule} problems={told} onChange={onRule} except={saved?.id} />
        </section>
        <div className="audience-sheet audience-reach">
          <ReachPanel rule={draft.rule} reach={reach} />
        </div>
        {saved && (
          <div className="audience-use">
            <UsedIn uses={uses} />
            <SizeChart id={saved.id} counted={dirty ? 0 : reach.at} />
          </div>
        )}
      </main>
      <DeleteDialog
        audience={deleting ? saved : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => {
          leaving.current = true;
          return navigate({ to: '/audiences' });
        }}
      />
      <LeaveDialog dirty={() => unsaved && !leaving.current} />
    </div>
  );
}
