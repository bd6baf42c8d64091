/** What the canvas shows: a drawing and its counts turned into steps and lines with everything they need. */

import type { Drawing, NodeCounts, NodeFace, Port, Report } from '../api/types';
import { outcomeName, plain, reasonName } from '../app/format';
import type { LayoutEdge, LayoutNode } from './graph/types';

/** Decides a step's hue. */
export type Kind = 'start' | 'action' | 'wait' | 'path' | 'end';

export interface Outcome {
  name: string;
  label: string;
  count: number;
  tone: 'good' | 'quiet' | 'bad';
}

export interface StepView {
  id: string;
  type: string;
  kind: Kind;
  icon: string;
  title: string;
  name: string;
  summary: string;
  ports: Port[];
  /** Visits end here. */
  isEnd: boolean;
  counts: NodeCounts | null;
  ended: number;
  outcomes: Outcome[];
  /** When it is due next: for whoever is here, or to let people in. */
  dueAt: string | null;
}

export interface LineView {
  id: string;
  source: string;
  port: string;
  target: string;
  label: string;
  /** null: nothing is counted yet. */
  count: number | null;
  /** Part of everybody who entered, 0 to 1. */
  share: number;
}

export interface JourneyView {
  steps: StepView[];
  lines: LineView[];
}

/** Combine a drawing with the counts of its run, if there is one. */
export function viewOf(drawing: Drawing, report: Report | null): JourneyView {
  const wired = new Set(drawing.document.edges.map((edge) => wire(edge.source, edge.source_port)));
  const steps = drawing.document.nodes.map((node) => {
    const face = drawing.faces[node.id] ?? unknownFace(node.type, node.name);
    const ports = face.ports.filter((port) => !port.optional || wired.has(wire(node.id, port.id)));
    return stepOf(node.id, face, ports, report);
  });
  const byId = new Map(steps.map((step) => [step.id, step]));
  const lines = drawing.document.edges.map((edge) => {
    const ports = byId.get(edge.source)?.ports ?? [];
    const count = report ? (report.edges[edge.id] ?? 0) : null;
    return {
      id: edge.id,
      source: edge.source,
      port: edge.source_port,
      target: edge.target,
      label: ports.length > 1 ? (ports.find((port) => port.id === edge.source_port)?.label ?? '') : '',
      count,
      share: report && report.entered > 0 ? Math.min(1, (count ?? 0) / report.entered) : 0,
    };
  });
  return { steps, lines };
}

/** Steps and lines as the layout takes them. */
export function layoutInput(view: JourneyView): { nodes: LayoutNode[]; edges: LayoutEdge[] } {
  return {
    nodes: view.steps.map((step) => ({ id: step.id, ports: step.ports.map((port) => port.id) })),
    edges: view.lines.map(({ id, source, port, target }) => ({ id, source, port, target })),
  };
}

/** The same text for journeys that are laid out alike, whatever their counts and names. */
export function layoutKey({ nodes, edges }: { nodes: LayoutNode[]; edges: LayoutEdge[] }): string {
  return JSON.stringify([
    nodes.map((node) => [node.id, node.ports]),
    edges.map((edge) => Object.values(edge)),
  ]);
}

/** Reasons visits ended with, and how many, most first; the step's own reason without its prefix. */
export function endingsOf(report: Report, nodeId?: string): { reason: string; count: number }[] {
  const totals = new Map<string, number>();
  for (const ending of report.endings) {
    if (nodeId !== undefined && ending.node_id !== nodeId) continue;
    const reason = endingName(ending.reason);
    totals.set(reason, (totals.get(reason) ?? 0) + ending.count);
  }
  return [...totals].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

/** Why a visit ended, in words: an exit and an exit rule by their own names. */
export function endingName(reason: string): string {
  return reasonName(reason.replace(/^exit(_rule)?:/, ''));
}

const NOBODY: NodeCounts = {
  arrived: 0,
  left: 0,
  here: 0,
  next_due_at: null,
  outcomes: {},
  reasons: {},
  events: {},
};

function stepOf(id: string, face: NodeFace, ports: Port[], report: Report | null): StepView {
  const counts = report ? (report.nodes[id] ?? NOBODY) : null;
  return {
    id,
    type: face.type,
    kind: kindOf(face),
    icon: face.icon,
    title: face.title,
    name: face.name || face.title,
    summary: face.summary,
    ports,
    isEnd: face.group === 'end',
    counts,
    ended: report ? endingsOf(report, id).reduce((sum, ending) => sum + ending.count, 0) : 0,
    outcomes: outcomesOf(counts),
    dueAt: counts && (counts.here > 0 || face.group === 'start') ? counts.next_due_at : null,
  };
}

const CLOCKS = new Set(['clock', 'calendar-time', 'hourglass']);

/** The hue of a kind of step: what shows a clock waits. */
export function kindOf(kind: Pick<NodeFace, 'icon' | 'group'>): Kind {
  return CLOCKS.has(kind.icon) ? 'wait' : kind.group;
}

const GOOD = new Set(['accepted', 'delivered']);
const QUIET = new Set(['suppressed']);

function outcomesOf(counts: NodeCounts | null): Outcome[] {
  return Object.entries(counts?.outcomes ?? {})
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({
      name,
      label: outcomeName(name, count),
      count,
      tone: GOOD.has(name) ? ('good' as const) : QUIET.has(name) ? ('quiet' as const) : ('bad' as const),
    }))
    .sort((a, b) => Number(b.tone === 'good') - Number(a.tone === 'good') || b.count - a.count);
}

function unknownFace(type: string, name: string): NodeFace {
  return { type, title: plain(type), name, summary: '', icon: '', group: 'path', ports: [] };
}

function wire(source: string, port: string): string {
  return `${source} ${port}`;
}
