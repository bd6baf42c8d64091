/** What steps ask about people, beside what their kind says of itself. */

import type { Journey, NodeFace } from '../api/types';

type Fields = Record<string, unknown>;

/** A step's question in one sentence; nothing when it asks none. */
export type Asks = (data: Fields) => string;

/** Faces that say what each step asks: an audience whom, a split what, a wait what for. */
export function asking<Face extends NodeFace>(
  { nodes }: Pick<Journey, 'nodes'>,
  faces: Readonly<Record<string, Face>>,
  asks: Asks | null,
): Readonly<Record<string, Face>> {
  if (!asks) return faces;
  const told = nodes.flatMap(({ id, data }) => {
    const face = faces[id];
    const asked = face ? asks(data) : '';
    if (!face || !asked) return [];
    // A split says no more than that it asks something.
    const summary = face.type === 'split' ? asked : `${face.summary} · ${asked}`;
    return [[id, { ...face, summary }] as const];
  });
  return { ...faces, ...Object.fromEntries(told) };
}
