/** Steps and lines of the draft as nodes and edges: like those of the live view, with what can be done with them. */

import { type Edge, type Node, Position } from '@xyflow/react';
import type { Journey, NodeFace, Port, Problem } from '../../../api/types';
import { sentence } from '../../../app/format';
import {
  HANDLE,
  type LineEdgeData,
  edgesOf as liveEdges,
  nodesOf as liveNodes,
  type StepNodeData,
} from '../../canvas/elements';
import { notesOf } from '../../graph/notes';
import { METRICS } from '../../graph/types';
import { words } from '../words';
import { type DraftView, SPARE_X, spareWays } from './useDraftView';

export interface Reason {
  text: string;
  severity: Problem['severity'];
}

export type DraftNodeData = StepNodeData & {
  spare: Port[];
  reason: Reason | null;
  /** Nothing leads to it yet. */
  apart: boolean;
  /** Texts of the notes beside it. */
  notes: readonly string[];
};
export type DraftNode = Node<DraftNodeData, 'step'>;
export type DraftEdge = Edge<LineEdgeData, 'line'>;

interface Parts {
  shown: DraftView;
  document: Journey;
  faces: Record<string, NodeFace>;
  problems: readonly Problem[];
  selected: ReadonlySet<string>;
  fresh: string | null;
  /** The step Tab leads to. */
  stop: string | null;
}

export function nodesOf({ shown, document, faces, problems, selected, fresh, stop }: Parts): DraftNode[] {
  const reasons = reasonsOf(fresh ? problems.filter((problem) => problem.node_id !== fresh) : problems);
  return liveNodes(shown.view, shown.layout, null, stop).map((node) => {
    const start = faces[node.id]?.group === 'start';
    const spare = spareWays(document, node.id, faces[node.id]);
    const reached = node.data.hasInput;
    const apart = !reached && !start;
    const reason = apart ? null : (reasons.get(node.id) ?? null);
    const notes = notesOf(document, node.id).map(({ text }) => text);
    const extra = apart ? words.canvas.apart : (reason?.text ?? '');
    const noted = notes.map((text) => `${words.notes.text}: ${text}`);
    return {
      ...node,
      selected: selected.has(node.id),
      className: 'nopan',
      handles: [
        ...(node.handles ?? []),
        ...(start || reached ? [] : [inputHandle]),
        ...spare.map((port) => spareHandle(port.id)),
      ],
      ariaLabel: [node.ariaLabel, extra, ...noted].filter(Boolean).join(', '),
      data: { ...node.data, hasInput: !start || reached, spare, reason, apart, notes },
    };
  });
}

const inputHandle = {
  ...HANDLE,
  id: null,
  type: 'target' as const,
  position: Position.Top,
  x: METRICS.width / 2,
  y: 0,
};

function spareHandle(id: string) {
  return { ...HANDLE, id, type: 'source' as const, position: Position.Bottom, x: SPARE_X, y: METRICS.height };
}

/** The worst thing about each step, in a sentence; open ways out are told by their “+”. */
function reasonsOf(problems: readonly Problem[]): Map<string, Reason> {
  const found = new Map<string, Reason>();
  for (const { node_id, text, severity, code } of problems) {
    if (!node_id || code === 'open_port') continue;
    const known = found.get(node_id);
    if (!known || (known.severity === 'warning' && severity === 'error'))
      found.set(node_id, { text: problemText(text), severity });
  }
  return found;
}

/** `subject: Field required` becomes a sentence. */
export function problemText(text: string): string {
  return sentence(text.replace(/: Value error, /, ': '));
}

export function edgesOf({ view, routes }: DraftView, line: string | null): DraftEdge[] {
  return liveEdges(view, routes).map((edge) => ({ ...edge, selected: edge.id === line }));
}
