/** The list of audiences: names, who is in by the rule's words, a count on demand, and what can be done with each. */

import { Button } from '@mantine/core';
import { IconCopy, IconDots, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Failure } from '../../api/failure';
import { sentence as capital, number } from '../../app/format';
import { Menu } from '../../form/pop/Menu';
import { Moment } from '../../ui/Moment';
import { type Audience, askPreview, type Preview } from '../queries';
import { readRule } from '../rule';
import { useRuleText } from '../useRuleText';
import { words } from '../words';
import { DeleteDialog } from './DeleteDialog';

const say = words.list;
const FRESH_MS = 60_000;

export function AudiencesTable({ audiences }: { audiences: Audience[] }) {
  const [deleting, setDeleting] = useState<Audience | null>(null);
  return (
    <>
      <ul className="audiences-list">
        {audiences.map((audience) => (
          <Row key={audience.id} audience={audience} onDelete={() => setDeleting(audience)} />
        ))}
      </ul>
      <DeleteDialog audience={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

function Row({ audience, onDelete }: { audience: Audience; onDelete: () => void }) {
  const navigate = useNavigate();
  const text = useRuleText();
  const rule = useMemo(() => readRule(audience.rule), [audience.rule]);
  const copy = () => navigate({ to: '/new-audience', search: { from: audience.id } });
  return (
    <li data-audience={audience.id}>
      <div className="audiences-who">
        <Link to="/audiences/$id" params={{ id: audience.id }} className="audiences-name">
          {audience.name}
        </Link>
        <p>{capital(text(rule))}</p>
      </div>
      <p className="audiences-used" data-journeys={audience.journey_count}>
        {audience.journey_count === 0 ? say.unused : say.used(audience.journey_count)}
        <small>
          {say.edited} <Moment at={audience.updated_at} />
        </small>
      </p>
      <Count audience={audience} />
      <Menu
        className="icon-button"
        name={say.more(audience.name)}
        face={<IconDots size={17} />}
        items={[
          { label: say.duplicate, icon: <IconCopy size={15} />, onDo: () => void copy() },
          { label: say.delete, icon: <IconTrash size={15} />, onDo: onDelete },
        ]}
      />
    </li>
  );
}

function Count({ audience }: { audience: Audience }) {
  const [wanted, setWanted] = useState(false);
  const rule = useMemo(() => readRule(audience.rule), [audience.rule]);
  const { data, error, isFetching, refetch } = useQuery<Preview, Failure>({
    queryKey: ['reach', rule],
    queryFn: ({ signal }) => askPreview({ rule }, signal),
    enabled: wanted,
    staleTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
  const size = data ? { people: data.count, at: null } : audience.last_size;
  return (
    <div className="audiences-count" role="status">
      {size && (
        <p className="digits" data-count={size.people}>
          <b>{number(size.people)}</b> {words.reach.people(size.people)}
          {size.at && (
            <small>
              <Moment at={size.at} />
            </small>
          )}
        </p>
      )}
      {error && <span title={error.message}>{say.notCounted}</span>}
      {!data && (
        <Button
          size="compact-sm"
          variant="default"
          loading={isFetching}
          aria-label={say.countOf(audience.name)}
          onClick={() => (wanted ? void refetch() : setWanted(true))}
        >
          {say.count}
        </Button>
      )}
    </div>
  );
}
