/** A journey drawn so small that only its shape tells. */

import { useMemo } from 'react';
import type { Drawing } from '../../api/types';
import { layoutOf } from '../../journey/graph/layout';
import { roundedPath } from '../../journey/graph/path';
import { routesOf } from '../../journey/graph/routing';
import { METRICS } from '../../journey/graph/types';
import { layoutInput, viewOf } from '../../journey/view';

const MARGIN = 24;

export function MiniCanvas({ drawing }: { drawing: Drawing }) {
  const { view, layout, routes } = useMemo(() => {
    const drawn = viewOf(drawing, null);
    const { nodes, edges } = layoutInput(drawn);
    const placed = layoutOf(nodes, edges);
    return { view: drawn, layout: placed, routes: routesOf(nodes, edges, placed) };
  }, [drawing]);
  const { bounds } = layout;
  const box = [bounds.x - MARGIN, bounds.y - MARGIN, bounds.width + 2 * MARGIN, bounds.height + 2 * MARGIN];
  return (
    <svg className="mini" viewBox={box.join(' ')} aria-hidden="true">
      {view.lines.map((line) => (
        <path key={line.id} d={roundedPath(routes.get(line.id)?.points ?? [])} />
      ))}
      {view.steps.map((step) => {
        const corner = layout.positions.get(step.id);
        if (!corner) return null;
        return (
          <g key={step.id} data-kind={step.kind} transform={`translate(${corner.x} ${corner.y})`}>
            <rect className="mini-card" width={METRICS.width} height={METRICS.height} rx={22} />
            <rect className="mini-icon" x={16} y={16} width={44} height={44} rx={13} />
            <rect className="mini-text" x={78} y={24} width={120} height={11} rx={5} />
            <rect className="mini-text" x={78} y={45} width={74} height={9} rx={4} />
          </g>
        );
      })}
    </svg>
  );
}
