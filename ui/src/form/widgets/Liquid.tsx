/** Text with Liquid in it: typing `{{`, or a button, offers the customers' columns. */

import { IconBraces } from '@tabler/icons-react';
import {
  type ChangeEvent,
  type KeyboardEvent,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Prose } from '../../ui/Prose';
import { useCatalogue } from '../catalogue';
import { type FieldProps, useForm } from '../context';
import { Frame, type Tied } from '../Frame';
import { isOptional } from '../fields/Scalars';
import { beginning, fitting, links, variables, withName } from '../liquid';
import { Picker } from '../pop/Picker';
import { within } from '../problems';
import { words } from '../words';
import { LiquidCode } from './LiquidCode';
import { isMjml, isPlain, lineIn } from './liquidPieces';

const MOST = 7;
const NO_LINES: number[] = [];
const say = words.liquid;

export function LiquidWidget({ schema, value, path, title, required, onChange }: FieldProps) {
  const sources = useCatalogue()?.sources;
  const area = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  const text = typeof value === 'string' ? value : '';
  const html = schema['x-widget'] === 'liquid-html';
  const badLines = useBadLines(html, path);
  const groups = useMemo(() => (sources ? [...variables(sources), links()] : []), [sources]);
  useLayoutEffect(() => {
    if (caret.current === null || !area.current) return;
    area.current.focus({ preventScroll: true });
    area.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const put = (name: string) => {
    const next = withName(text, area.current?.selectionStart ?? text.length, name);
    caret.current = next.caret;
    onChange(next.text);
  };
  const insert = (
    <Picker
      className="insert-button"
      name={`${say.insert}, ${title}`}
      groups={groups}
      search={say.search}
      face={
        <>
          <IconBraces size={14} aria-hidden="true" />
          {say.insert}
        </>
      }
      onPick={put}
    />
  );
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)} aside={insert}>
      {(tied) => (
        <Area
          tied={tied}
          area={area}
          text={text}
          names={groups.flatMap((group) => group.options.map((option) => option.value))}
          html={html}
          badLines={badLines}
          onChange={onChange}
          onName={put}
        />
      )}
    </Frame>
  );
}

interface AreaProps {
  tied: Tied;
  area: React.RefObject<HTMLTextAreaElement | null>;
  text: string;
  names: readonly string[];
  html: boolean;
  /** Lines something is wrong in, counted from one. */
  badLines: readonly number[];
  onChange: (text: string) => void;
  onName: (name: string) => void;
}

function Area({ tied, area, text, names, html, badLines, onChange, onName }: AreaProps) {
  const id = useId();
  const [written, setWritten] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const offered = written === null ? [] : fitting(names, written, MOST);
  const look = () => {
    setWritten(area.current ? beginning(area.current.value, area.current.selectionStart) : null);
    setActive(0);
  };
  const pick = (name: string) => {
    setWritten(null);
    onName(name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = offered[active];
    if (chosen === undefined) return;
    if (event.key === 'ArrowDown') setActive((active + 1) % offered.length);
    else if (event.key === 'ArrowUp') setActive((active + offered.length - 1) % offered.length);
    else if (event.key === 'Enter' || event.key === 'Tab') pick(chosen);
    else if (event.key === 'Escape') setWritten(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shared = {
    ...tied,
    ref: area,
    'aria-autocomplete': 'list' as const,
    'aria-controls': offered.length > 0 ? `${id}-list` : undefined,
    'aria-activedescendant': offered.length > 0 ? `${id}-${active}` : undefined,
    'data-mantine-stop-propagation': offered.length > 0 || undefined,
    value: text,
    onChange: (event: ChangeEvent<HTMLTextAreaElement>) => {
      onChange(event.currentTarget.value);
      look();
    },
    onClick: look,
    onKeyDown,
    onBlur: () => setWritten(null),
  };
  return (
    <div className="liquid">
      {html ? (
        <LiquidCode {...shared} badLines={badLines} />
      ) : (
        <textarea {...shared} className="control" rows={1} spellCheck />
      )}
      {html && <CodeNote area={area} text={text} badLines={badLines} onChange={onChange} />}
      {offered.length > 0 && <Offers id={id} names={offered} active={active} onPick={pick} />}
    </div>
  );
}

interface CodeNoteProps {
  area: React.RefObject<HTMLTextAreaElement | null>;
  text: string;
  badLines: readonly number[];
  onChange: (text: string) => void;
}

/** A message to change: a heading, a text, a button. */
const LAYOUT = `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="24px" font-weight="600">${words.code.heading}</mj-text>
        <mj-text>${words.code.text}</mj-text>
        <mj-button href="https://example.com">${words.code.button}</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>`;

/** What the source is taken for, and a way to every line something is wrong in. */
function CodeNote({ area, text, badLines, onChange }: CodeNoteProps) {
  const show = (line: number) => {
    const lines = text.split('\n');
    const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  };
  return (
    <p className="code-note">
      <span data-mjml={isMjml(text) || undefined}>
        <Prose text={isMjml(text) ? words.code.mjml : isPlain(text) ? words.code.plain : words.code.html} />
      </span>
      {text === '' && (
        <button type="button" onClick={() => onChange(LAYOUT)}>
          {words.code.layout}
        </button>
      )}
      {badLines.map((line) => (
        <button key={line} type="button" onClick={() => show(line)}>
          {words.code.goTo(String(line))}
        </button>
      ))}
    </p>
  );
}

/** The lines that this field's problems name. */
function useBadLines(html: boolean, path: FieldProps['path']): number[] {
  const { problems } = useForm();
  if (!html) return NO_LINES;
  const lines = within(problems, path).flatMap((each) => lineIn(each.text) ?? []);
  return [...new Set(lines)].sort((a, b) => a - b);
}

interface OffersProps {
  id: string;
  names: readonly string[];
  active: number;
  onPick: (name: string) => void;
}

function Offers({ id, names, active, onPick }: OffersProps) {
  return (
    <>
      <div
        className="liquid-offers pop-list"
        role="listbox"
        id={`${id}-list`}
        aria-label={say.search}
        tabIndex={-1}
      >
        {names.map((name, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the text keeps the focus and moves through the options
          <div
            key={name}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            data-active={i === active || undefined}
            // Before the text loses the focus.
            onPointerDown={(event) => {
              event.preventDefault();
              onPick(name);
            }}
          >
            {name}
          </div>
        ))}
      </div>
      <span className="liquid-count" role="status">
        {say.of(names.length)}
      </span>
    </>
  );
}
