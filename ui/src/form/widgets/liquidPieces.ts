/** HTML or MJML with Liquid in it, cut into pieces to colour. Broken source is cut somehow, never refused. */

export interface Piece {
  kind: 'text' | 'comment' | 'liquid' | 'tag' | 'value';
  text: string;
}

const LIQUID = String.raw`\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}`;
const COMMENT = String.raw`<!--[\s\S]*?-->`;
const TAG = String.raw`<\/?[A-Za-z](?:"[^"]*"|'[^']*'|[^<>"'])*>?`;
const WHOLE = new RegExp(`(?<comment>${COMMENT})|(?<liquid>${LIQUID})|(?<tag>${TAG})`, 'g');
const INSIDE = new RegExp(`(?<liquid>${LIQUID})|(?<value>"[^"]*"|'[^']*')`, 'g');

/** The pieces, which joined are the text again. */
export function piecesOf(text: string): Piece[] {
  return cut(text, WHOLE, 'text').flatMap((piece) =>
    piece.kind === 'tag' ? cut(piece.text, INSIDE, 'tag') : [piece],
  );
}

function cut(text: string, pattern: RegExp, rest: Piece['kind']): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) pieces.push({ kind: rest, text: text.slice(at, found.index) });
    const [kind = rest] = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined) ?? [];
    pieces.push({ kind: kind as Piece['kind'], text: found[0] });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ kind: rest, text: text.slice(at) });
  return pieces;
}

const LINE = /\b(?:line|linha) (\d+)\b/i;

/** The line a problem's sentence names, counted from one; null: none. */
export function lineIn(text: string): number | null {
  const found = LINE.exec(text);
  return found ? Number(found[1]) : null;
}

/** Written without any tag: the server makes paragraphs of it. */
export function isPlain(text: string): boolean {
  return text.trim() !== '' && !/<[A-Za-z!/]/.test(text);
}

/** Whether the server compiles it, told as the server tells it. */
export function isMjml(text: string): boolean {
  return /^\s*<mjml/.test(text);
}
