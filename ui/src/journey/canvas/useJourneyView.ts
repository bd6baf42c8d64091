/** The view of a drawing with its layout, which is computed anew only when steps or lines change. */

import { useMemo, useRef } from 'react';
import type { Drawing, Report } from '../../api/types';
import { layoutOf } from '../graph/layout';
import { routesOf } from '../graph/routing';
import type { Layout, Route } from '../graph/types';
import { type JourneyView, layoutInput, layoutKey, viewOf } from '../view';

export interface PlacedView {
  view: JourneyView;
  layout: Layout;
  routes: ReadonlyMap<string, Route>;
}

interface Placed {
  key: string;
  layout: Layout;
  routes: ReadonlyMap<string, Route>;
}

export function useJourneyView(drawing: Drawing, report: Report | null): PlacedView {
  const view = useMemo(() => viewOf(drawing, report), [drawing, report]);
  const last = useRef<Placed | null>(null);
  return useMemo(() => {
    const input = layoutInput(view);
    const key = layoutKey(input);
    if (last.current?.key !== key) {
      const layout = layoutOf(input.nodes, input.edges);
      last.current = { key, layout, routes: routesOf(input.nodes, input.edges, layout) };
    }
    return { view, layout: last.current.layout, routes: last.current.routes };
  }, [view]);
}
