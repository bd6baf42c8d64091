/** Source text to write in, coloured behind the letters: tags, values, Liquid, and the lines something is wrong in. */

import { type ComponentPropsWithRef, Fragment, memo, useRef } from 'react';
import './liquid-code.css';
import { type Piece, piecesOf } from './liquidPieces';

/** More than this is shown without colours: every stroke colours all of it. */
const MOST = 60_000;

interface LiquidCodeProps extends ComponentPropsWithRef<'textarea'> {
  value: string;
  /** Counted from one. */
  badLines: readonly number[];
}

export function LiquidCode({ badLines, ...area }: LiquidCodeProps) {
  const back = useRef<HTMLPreElement>(null);
  const coloured = area.value.length <= MOST;
  return (
    <div className="liquid-code" data-coloured={coloured || undefined}>
      {coloured && (
        <pre ref={back} className="control code" aria-hidden="true">
          <Coloured text={area.value} bad={badLines.join(' ')} />
        </pre>
      )}
      <textarea
        {...area}
        className="control code"
        rows={10}
        spellCheck={false}
        onScroll={({ currentTarget }) => {
          if (back.current) back.current.scrollTop = currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

const Coloured = memo(function Coloured({ text, bad }: { text: string; bad: string }) {
  const wrong = new Set(bad.split(' ').map(Number));
  return linesOf(piecesOf(text)).map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their numbers
    <Fragment key={i}>
      <span data-line={i + 1} data-bad={wrong.has(i + 1) || undefined}>
        {line.map(({ kind, text: part }, k) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other name
          <i key={k} data-piece={kind}>
            {part}
          </i>
        ))}
      </span>
      {'\n'}
    </Fragment>
  ));
});

function linesOf(pieces: readonly Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const { kind, text } of pieces) {
    for (const [i, part] of text.split('\n').entries()) {
      if (i > 0) lines.push([]);
      if (part) lines.at(-1)?.push({ kind, text: part });
    }
  }
  return lines;
}
