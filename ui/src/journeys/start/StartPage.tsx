/** What a new journey starts from: nothing, or one of the ready ones, drawn small. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { createJourney, templatesQuery } from '../../api/drafting';
import type { Failure } from '../../api/failure';
import { keys } from '../../api/queries';
import type { Journey, JourneyDetail } from '../../api/types';
import { TopBar } from '../../app/shell/TopBar';
import { words } from '../../app/words';
import { Banner } from '../../ui/Banner';
import { usePageTitle } from '../../ui/usePageTitle';
import { MiniCanvas } from './MiniCanvas';
import './start.css';

const say = words.start;
const EMPTY: Journey = {
  schema_version: 1,
  name: say.emptyName,
  description: '',
  settings: {},
  notes: [],
  nodes: [],
  edges: [],
};

export function StartPage() {
  usePageTitle(say.title);
  const { data: templates, isPending } = useQuery(templatesQuery);
  const create = useCreate();
  return (
    <div className="start-page">
      <TopBar />
      {create.error && (
        <Banner
          tone="bad"
          title={say.failed}
          text={`${create.error.message} ${create.error.fix}`}
          onClose={create.reset}
        />
      )}
      <main id="content" className="start" aria-busy={create.isPending}>
        <h1>{say.title}</h1>
        <p className="start-head">{say.head}</p>
        <ul>
          <li>
            <button
              type="button"
              disabled={create.isPending}
              onClick={() => create.mutate(EMPTY)}
              data-template=""
            >
              <span className="start-drawing" data-empty aria-hidden="true">
                <i>+</i>
              </span>
              <b>{say.empty}</b>
              <span>{say.emptyHint}</span>
            </button>
          </li>
          {isPending && [1, 2, 3].map((key) => <li key={key} className="start-ghost" aria-hidden="true" />)}
          {templates?.map((template) => (
            <li key={template.id}>
              <button
                type="button"
                disabled={create.isPending}
                data-template={template.id}
                onClick={() => create.mutate({ ...template.document, name: template.name })}
              >
                <span className="start-drawing">
                  <MiniCanvas drawing={template} />
                </span>
                <b>{template.name}</b>
                <span>{template.description}</span>
                <small>{say.steps(template.document.nodes.length)}</small>
              </button>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}

function useCreate() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation<JourneyDetail, Failure, Journey>({
    mutationFn: createJourney,
    onSuccess: (detail) => {
      client.setQueryData(keys.journey(detail.id), detail);
      void client.invalidateQueries({ queryKey: keys.journeys });
      void navigate({ to: '/journeys/$id', params: { id: detail.id } });
    },
  });
}
