/** The draft as the canvas shows it: steps, lines and room for what may be added, laid out anew when they change. */

import { useMemo, useRef } from 'react';
import type { Journey, NodeFace, Port } from '../../../api/types';
import { layoutOf } from '../../graph/layout';
import { leaves } from '../../graph/ops';
import { roundedPath } from '../../graph/path';
import { routesOf } from '../../graph/routing';
import { type PlacedSpot, spotKey } from '../../graph/spots';
import { type Layout, type LayoutEdge, type LayoutNode, METRICS, type Route } from '../../graph/types';
import { type JourneyView, layoutInput, layoutKey, viewOf } from '../../view';

export interface DraftView {
  view: JourneyView;
  /** Where steps are. */
  layout: Layout;
  routes: ReadonlyMap<string, Route>;
  spots: readonly PlacedSpot[];
  /** Lines to where a step is missing. */
  ways: readonly { id: string; path: string }[];
}

/** A way out that leads nowhere stands in the layout like a step, so that there is room to add one. */
interface OpenWay {
  id: string;
  source: string;
  port: string;
  label: string;
}

interface Placed {
  key: string;
  all: Layout;
  layout: Layout;
  routes: ReadonlyMap<string, Route>;
}

export function useDraftView(document: Journey, faces: Record<string, NodeFace>): DraftView {
  const last = useRef<Placed | null>(null);
  return useMemo(() => {
    const view = viewOf({ document, faces }, null);
    const ways = openWays(view);
    const placed = place(view, ways, last.current);
    last.current = placed;
    const spots = [
      ...lineSpots(view, placed),
      ...waySpots(ways, placed),
      ...spareSpots(document, faces, placed),
    ];
    const dotted = ways.map(({ id }) => ({ id, path: roundedPath(placed.routes.get(id)?.points ?? []) }));
    return { view, layout: placed.layout, routes: placed.routes, spots, ways: dotted };
  }, [document, faces]);
}

/** Room for the invitation to draw. */
const EMPTY = { x: 0, y: 0, width: METRICS.width, height: METRICS.height * 2 };

function openWays(view: JourneyView): OpenWay[] {
  const wired = new Set(view.lines.map((line) => `${line.source} ${line.port}`));
  return view.steps.flatMap((step) =>
    step.ports
      .filter((port) => !wired.has(`${step.id} ${port.id}`))
      .map((port) => ({
        id: `+ ${step.id} ${port.id}`,
        source: step.id,
        port: port.id,
        label: step.ports.length > 1 ? port.label : '',
      })),
  );
}

function place(view: JourneyView, ways: readonly OpenWay[], last: Placed | null): Placed {
  const input = layoutInput(view);
  const nodes: LayoutNode[] = [...input.nodes, ...ways.map((way) => ({ id: way.id, ports: [] }))];
  const edges: LayoutEdge[] = [
    ...input.edges,
    ...ways.map(({ id, source, port }) => ({ id, source, port, target: id })),
  ];
  const key = layoutKey({ nodes, edges });
  if (last?.key === key) return last;
  const all = layoutOf(nodes, edges);
  const steps = new Set(view.steps.map((step) => step.id));
  const positions = new Map([...all.positions].filter(([id]) => steps.has(id)));
  const bounds = nodes.length > 0 ? all.bounds : EMPTY;
  return { key, all, layout: { ...all, positions, bounds }, routes: routesOf(nodes, edges, all) };
}

function lineSpots(view: JourneyView, { routes }: Placed): PlacedSpot[] {
  return view.lines.flatMap((line) => {
    const route = routes.get(line.id);
    const spot = { kind: 'line', edge: line.id } as const;
    if (!route) return [];
    const { source, label } = line;
    return [{ key: spotKey(spot), spot, at: route.label, area: null, label, source, hidden: false }];
  });
}

/** How far below the place of the missing step its top border the “+” is. */
const DROP = 14;

function waySpots(ways: readonly OpenWay[], { all }: Placed): PlacedSpot[] {
  return ways.flatMap(({ id, source, port, label }) => {
    const corner = all.positions.get(id);
    if (!corner) return [];
    const spot = { kind: 'port', source, port } as const;
    const at = { x: corner.x + METRICS.width / 2, y: corner.y + DROP };
    const area = {
      left: corner.x,
      right: corner.x + METRICS.width,
      top: corner.y - METRICS.gapY / 2,
      bottom: corner.y + METRICS.height,
    };
    return [{ key: spotKey(spot), spot, at, area, label, source, hidden: false }];
  });
}

/** Where on a card the way out is that only some want. */
export const SPARE_X = METRICS.width - 34;

/** Optional ways out nobody uses yet. */
export function spareWays(document: Journey, id: string, face: NodeFace | undefined): Port[] {
  return (face?.ports ?? []).filter(
    (port) => port.optional && !document.edges.some((edge) => leaves(edge, id, port.id)),
  );
}

/** They have no room of their own until they are used. */
function spareSpots(document: Journey, faces: Record<string, NodeFace>, { layout }: Placed): PlacedSpot[] {
  return document.nodes.flatMap(({ id }) => {
    const corner = layout.positions.get(id);
    if (!corner) return [];
    return spareWays(document, id, faces[id]).map((port) => {
      const spot = { kind: 'port', source: id, port: port.id } as const;
      const at = { x: corner.x + SPARE_X, y: corner.y + METRICS.height + 24 };
      return { key: spotKey(spot), spot, at, area: null, label: port.label, source: id, hidden: true };
    });
  });
}
