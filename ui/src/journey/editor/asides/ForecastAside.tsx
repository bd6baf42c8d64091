/** What the draft would do in the days to come: asked for, drawn on the canvas, and told in numbers. */

import { Button } from '@mantine/core';
import { IconChartHistogram } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { catalogueQuery } from '../../../api/drafting';
import type { Report, Simulation } from '../../../api/types';
import { day, duration, number, reasonName, sentence } from '../../../app/format';
import { Prose } from '../../../ui/Prose';
import { endingsOf } from '../../view';
import { useDocument, useEditor, useKnown } from '../editor';
import { IssueList } from '../header/Issues';
import { words } from '../words';
import { AsideCard } from './AsideCard';
import { type Asked, byChannel, notSent, useForecast } from './useForecast';
import '../../../form/form.css';
import './forecast.css';

const say = words.forecast;
const DAYS = [7, 14, 30, 90];

export default function ForecastAside({ hidden }: { hidden: boolean }) {
  const editor = useEditor();
  const document = useDocument();
  const [days, setDays] = useState(30);
  const [asked, setAsked] = useState<Asked | null>(null);
  const current = asked && asked.document === document ? asked : null;
  const { data, error, isFetching } = useForecast(editor, current);
  const problems = useKnown((state) => state.problems);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const shown = current && data ? data : null;
  useEffect(() => {
    editor.surface.set({ forecast: shown });
    return () => editor.surface.set({ forecast: null });
  }, [editor, shown]);
  if (hidden) return null;
  return (
    <AsideCard title={say.title} about={document.name} icon={<IconChartHistogram size={19} stroke={1.75} />}>
      <p className="inspector-summary">{say.honest}</p>
      {errors.length > 0 ? (
        <section>
          <h3>{words.publishing.blocked}</h3>
          <IssueList problems={errors} onDone={() => undefined} />
        </section>
      ) : (
        <div className="forecast-ask">
          <Days value={days} onChange={setDays} />
          <Button size="xs" loading={isFetching} onClick={() => setAsked({ days, document })}>
            {say.ask}
          </Button>
        </div>
      )}
      <div role="status">
        {isFetching && <p className="inspector-summary">{say.asking}</p>}
        {asked && !current && !isFetching && <p className="inspector-summary">{say.stale}</p>}
      </div>
      {error && !isFetching && (
        <p role="alert" className="forecast-failed">
          <Prose text={`${sentence(error.message)}. ${sentence(error.fix)}`} />
        </p>
      )}
      {shown && <Told told={shown} />}
    </AsideCard>
  );
}

function Days({ value, onChange }: { value: number; onChange: (days: number) => void }) {
  const id = useId();
  return (
    <fieldset className="forecast-days">
      <legend>{say.days}</legend>
      <div className="segments">
        {DAYS.map((each) => (
          <label key={each}>
            <input type="radio" name={id} checked={each === value} onChange={() => onChange(each)} />
            <span className="digits">{each}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Told({ told }: { told: Simulation }) {
  const endings = endingsOf({ endings: told.endings } as Report);
  const refused = Object.entries(told.refused).sort(([, a], [, b]) => b - a);
  const figures: [string, number][] = [
    [say.entered, told.entered],
    [say.ended, told.ended],
    [say.inside, told.inside],
    ...(told.converted > 0 ? [[say.converted, told.converted] as [string, number]] : []),
    ...(told.held_out > 0 ? [[say.heldOut, told.held_out] as [string, number]] : []),
  ];
  return (
    <>
      <dl className="figures forecast-figures digits">
        {figures.map(([name, count]) => (
          <div key={name}>
            <dd>{number(count)}</dd>
            <dt>{name}</dt>
          </div>
        ))}
      </dl>
      <section>
        <h3>{say.messages}</h3>
        <Messages told={told} />
      </section>
      <Reasons title={say.refused} reasons={refused.map(([name, count]) => [reasonName(name), count])} />
      <Reasons
        title={say.notSent}
        reasons={notSent(told).map(([name, count]) => [reasonName(name), count])}
      />
      <Reasons title={say.endings} reasons={endings.map(({ reason, count }) => [reason, count])} />
      {told.unforeseen.length > 0 && <p>{say.unforeseen}</p>}
      <p className="forecast-cost">
        {say.cost(number(told.statements), number(Math.max(1, Math.round(told.seconds))))}
        {told.looked_every && ` ${say.looked(duration(told.looked_every) ?? told.looked_every)}`}
      </p>
    </>
  );
}

function Messages({ told }: { told: Simulation }) {
  const { data: catalogue } = useQuery(catalogueQuery);
  const channels = byChannel(told);
  if (channels.length === 0) return <p className="settings-none">{words.publishing.sendsNone}</p>;
  const title = (name: string) => catalogue?.channels.find((each) => each.name === name)?.title ?? name;
  return (
    <ul className="forecast-channels">
      {channels.map(({ channel, total, days }) => (
        <li key={channel} data-channel={channel}>
          <b>{title(channel)}</b>
          <strong className="digits">{number(total)}</strong>
          <Bars days={days} />
        </li>
      ))}
    </ul>
  );
}

/** One bar for each day on which something is sent; the numbers themselves are one press away. */
function Bars({ days }: { days: Map<string, number> }) {
  const most = Math.max(...days.values());
  const sorted = [...days].sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <details>
      <summary>
        <span className="forecast-bars" aria-hidden="true">
          {sorted.map(([date, count]) => (
            <i key={date} style={{ height: `${Math.max(6, (100 * count) / most)}%` }} />
          ))}
        </span>
        {say.perDay}
      </summary>
      <dl className="digits">
        {sorted.map(([date, count]) => (
          <div key={date}>
            <dt>{day(date)}</dt>
            <dd>{number(count)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Reasons({ title, reasons }: { title: string; reasons: [string, number][] }) {
  if (reasons.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl className="forecast-reasons digits">
        {reasons.map(([name, count]) => (
          <div key={name}>
            <dt>{sentence(name)}</dt>
            <dd>{number(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
