/** The message as it arrives: subject line, the mail itself in a frame that runs nothing, and its plain text. */

import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconDeviceDesktop, IconDeviceMobile, IconUser } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import { plain } from '../../app/format';
import { words } from '../words';
import type { Message, Preview } from './usePreview';
import './message.css';

const say = words.preview;

export function MessagePreview({ preview }: { preview: Preview }) {
  const { message, current, asking, failure, another, showFor } = preview;
  if (!message) {
    return failure || !asking ? (
      <p className="field-hint">{say.broken}</p>
    ) : (
      <p className="field-hint">{say.loading}</p>
    );
  }
  return (
    <section className="preview" aria-label={say.title} data-old={!current || undefined}>
      <div className="preview-head">
        <h3>{say.title}</h3>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconUser size={13} />}
          loading={asking && current}
          onClick={another}
        >
          {say.another}
        </Button>
      </div>
      <Who key={message.member_id} member={message.member_id} onMember={showFor} />
      <p className="field-hint" role="status">
        {failure ? (failure.status === 404 ? failure.message : say.broken) : say.for(message.member_id)}
      </p>
      <Mail message={message} />
      {message.empty.length > 0 && (
        <p className="preview-empty">
          {say.empty}:{' '}
          {message.empty.map((path) => (
            <code key={path}>{path}</code>
          ))}
        </p>
      )}
    </section>
  );
}

interface WhoProps {
  member: string;
  onMember: (member: string) => void;
}

function Who({ member, onMember }: WhoProps) {
  const [text, setText] = useState(member);
  const id = useId();
  const chosen = text.trim();
  return (
    <div className="preview-who">
      <label htmlFor={id}>{say.who}</label>
      <input
        id={id}
        className="control"
        value={text}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          if (chosen) onMember(chosen);
        }}
      />
      {chosen && chosen !== member && (
        <Button size="compact-sm" variant="default" onClick={() => onMember(chosen)}>
          {say.show}
        </Button>
      )}
    </div>
  );
}

type View = 'desktop' | 'phone' | 'text';
const WIDTHS = { desktop: 640, phone: 360 } as const;

function Mail({ message }: { message: Message }) {
  const [view, setView] = useState<View>('desktop');
  const { subject, preheader, text } = message.fields;
  const views: { view: View; label: string; icon: ReactNode }[] = [
    ...(message.html_url
      ? [
          { view: 'desktop' as const, label: say.desktop, icon: <IconDeviceDesktop size={15} /> },
          { view: 'phone' as const, label: say.phone, icon: <IconDeviceMobile size={15} /> },
        ]
      : []),
    ...(text ? [{ view: 'text' as const, label: say.text, icon: null }] : []),
  ];
  const shown = views.some((each) => each.view === view) ? view : views[0]?.view;
  return (
    <div className="mail">
      {subject !== undefined && (
        <div className="mail-line">
          <b>{subject}</b>
          {preheader && <span>{preheader}</span>}
        </div>
      )}
      <Others fields={message.fields} />
      {views.length > 1 && <Views views={views} shown={shown} onView={setView} />}
      {shown === 'text' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <pre className="mail-text" tabIndex={0}>
          {text}
        </pre>
      ) : (
        message.html_url && shown && <Page url={message.html_url} width={WIDTHS[shown]} />
      )}
    </div>
  );
}

const KNOWN = ['subject', 'preheader', 'html', 'text'];

/** Rendered fields of channels that are no e-mail. */
function Others({ fields }: { fields: Message['fields'] }) {
  const others = Object.entries(fields).filter(([name, value]) => !KNOWN.includes(name) && value);
  return others.map(([name, value]) => (
    <div key={name} className="mail-line">
      <span>{plain(name)}</span>
      <b>{value}</b>
    </div>
  ));
}

interface ViewsProps {
  views: { view: View; label: string; icon: ReactNode }[];
  shown: View | undefined;
  onView: (view: View) => void;
}

function Views({ views, shown, onView }: ViewsProps) {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={say.width}>
      {views.map((each) => (
        <label key={each.view}>
          <input type="radio" name={name} checked={each.view === shown} onChange={() => onView(each.view)} />
          <span>
            {each.icon}
            {each.label}
          </span>
        </label>
      ))}
    </div>
  );
}

/** The page at its own width, made smaller where there is less room. */
function Page({ url, width }: { url: string; width: number }) {
  const { ref, width: room } = useElementSize();
  const scale = room > 0 ? Math.min(1, room / width) : 1;
  return (
    <div
      ref={ref}
      className="mail-page"
      style={{ '--mail-width': `${width}px`, '--mail-scale': scale } as object}
    >
      <iframe title={say.frame} sandbox="" src={url} referrerPolicy="no-referrer" />
    </div>
  );
}
