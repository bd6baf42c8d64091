/** What publishing would set going, in one line: who comes in and what they get in the days to come. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { catalogueQuery } from '../../../api/drafting';
import type { Journey } from '../../../api/types';
import { number } from '../../../app/format';
import { words as pageWords } from '../../../app/words';
import { byChannel, useForecast } from '../asides/useForecast';
import { openAside } from '../commands';
import { useEditor } from '../editor';
import { words } from '../words';

const say = words.forecast;
const DAYS = 30;

export function Expected({ document }: { document: Journey }) {
  const editor = useEditor();
  const { data: catalogue } = useQuery(catalogueQuery);
  const { data, error, isPending } = useForecast(editor, { days: DAYS, document });
  const title = (name: string) => catalogue?.channels.find((each) => each.name === name)?.title ?? name;
  const messages = data
    ? byChannel(data).map(({ channel, total }) => say.through(number(total), title(channel)))
    : [];
  return (
    <>
      <h3>{say.title}</h3>
      <div className="publish-forecast" role="status">
        {isPending && <p className="changes-none">{say.asking}</p>}
        {error && <p className="changes-none">{`${error.message} ${error.fix}`}</p>}
        {data && (
          <p data-entered={data.entered}>
            {say.line(DAYS, people(data.entered), data.inside_before > 0 ? people(data.inside_before) : '')}{' '}
            {messages.length > 0 ? say.sent(messages.join(', ')) : words.publishing.sendsNone}{' '}
            <small>{say.short}</small>
          </p>
        )}
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => {
            editor.surface.set({ panel: null });
            openAside(editor, 'forecast');
          }}
        >
          {say.open}
        </Button>
      </div>
    </>
  );
}

function people(count: number): string {
  return `${number(count)} ${pageWords.people(count)}`;
}
