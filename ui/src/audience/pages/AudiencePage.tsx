/** One audience: its name, its rule, and who that is right now. New ones begin empty, or as a copy. */

import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { Elsewhere } from '../../ui/Elsewhere';
import { usePageTitle } from '../../ui/usePageTitle';
import { EVERYBODY } from '../ast';
import { audienceQuery } from '../queries';
import { readRule } from '../rule';
import { words } from '../words';
import { AudienceEditor } from './AudienceEditor';
import './pages.css';

const say = words.page;
const NEW = { name: '', rule: EVERYBODY };

export function AudiencePage() {
  const { id } = useParams({ from: '/audiences/$id' });
  const { data, error, refetch } = useQuery(audienceQuery(id));
  usePageTitle(data?.name ?? words.title);
  if (data) return <AudienceEditor key={id} saved={data} uses={data.used_in} start={NEW} />;
  return <Elsewhere title={words.title} error={error} say={say} list="/audiences" onRetry={refetch} />;
}

export function NewAudiencePage() {
  const { from } = useSearch({ from: '/new-audience' });
  const { data, error, refetch } = useQuery({ ...audienceQuery(from ?? ''), enabled: from !== undefined });
  usePageTitle(say.new);
  if (from === undefined) return <AudienceEditor saved={null} start={NEW} />;
  if (data) return <Copy name={data.name} rule={data.rule} />;
  return <Elsewhere title={words.title} error={error} say={say} list="/audiences" onRetry={refetch} />;
}

function Copy({ name, rule }: { name: string; rule: unknown }) {
  return <AudienceEditor saved={null} start={NEW} copy={{ name: say.copyOf(name), rule: readRule(rule) }} />;
}
