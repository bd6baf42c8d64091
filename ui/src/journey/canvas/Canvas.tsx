/** The canvas: steps and lines where the layout puts them; it can be moved and zoomed, and steps can be opened. */

import {
  Background,
  BackgroundVariant,
  type EdgeTypes,
  MiniMap,
  type NodeTypes,
  ReactFlow,
  ReactFlowProvider,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import { words } from '../../app/words';
import { type Direction, stepTowards } from '../graph/walk';
import './canvas.css';
import { edgesOf, type LineEdge, MANY_STEPS, nodesOf, type StepNode } from './elements';
import { LineEdgeView } from './LineEdge';
import { StepCard } from './StepCard';
import type { PlacedView } from './useJourneyView';
import { useKept } from './useKept';
import { useTabStop } from './useTabStop';
import { useViewport } from './useViewport';
import { ZoomControls } from './ZoomControls';

const nodeTypes: NodeTypes = { step: StepCard };
const edgeTypes: EdgeTypes = { line: LineEdgeView };

/** From so many steps on an overview is worth its room. */
const OVERVIEW_STEPS = 14;

/** What of a card tells of people. */
const COUNTS = '.step-people, .step-outcomes';

const labels = {
  'node.a11yDescription.default': words.canvas.stepHelp,
  'edge.a11yDescription.default': words.canvas.lineHelp,
  'minimap.ariaLabel': words.canvas.minimap,
};

const ARROWS: Record<string, Direction> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

interface CanvasProps extends PlacedView {
  selected: string | null;
  /** `counts`: it was the numbers on the card that were pressed. */
  onSelect: (step: string | null, counts?: boolean) => void;
  /** How wide the card beside the canvas is, with its margins, in pixels. */
  beside?: number;
}

export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ view, layout, routes, selected, onSelect, beside }: CanvasProps) {
  const { stop, onFocus } = useTabStop(layout.positions, selected);
  const nodes = useKept<StepNode>(
    useMemo(() => nodesOf(view, layout, selected, stop), [view, layout, selected, stop]),
  );
  const edges = useKept<LineEdge>(useMemo(() => edgesOf(view, routes), [view, routes]));
  const frame = useRef<HTMLDivElement>(null);
  const viewport = useViewport(frame, layout, selected, 'live', beside);
  const wide = useMediaQuery('(min-width: 900px)', true, { getInitialValueInEffect: false });
  const onKeyDown = (event: KeyboardEvent) => {
    const card = event.target instanceof Element ? event.target.closest('.react-flow__node') : null;
    const id = card?.getAttribute('data-id');
    if (event.key === 'Escape') onSelect(null);
    if (!id) return;
    const direction = ARROWS[event.key];
    const next = direction && stepTowards(direction, id, view.lines, layout.positions);
    if (next) frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${next}"]`)?.focus();
    if (event.key === 'Enter' || event.key === ' ') onSelect(id);
    if (direction || event.key === ' ') event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys walk between the steps, which are the buttons
    <div ref={frame} className="canvas" onKeyDown={onKeyDown} onFocus={onFocus}>
      <ReactFlow<StepNode, LineEdge>
        aria-label={words.canvas.label}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodeClick={({ target }, node) =>
          onSelect(node.id, target instanceof Element && target.closest(COUNTS) !== null)
        }
        onPaneClick={() => onSelect(null)}
        onInit={viewport.fitAtOnce}
        onMoveStart={viewport.onMoveStart}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        minZoom={0.05}
        maxZoom={1.5}
        panOnScroll
        onlyRenderVisibleElements={nodes.length > MANY_STEPS}
        ariaLabelConfig={labels}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} />
        <ZoomControls onFit={viewport.fit} />
        {wide && nodes.length > OVERVIEW_STEPS && (
          <MiniMap pannable zoomable nodeBorderRadius={16} nodeClassName={hueClass} position="bottom-right" />
        )}
      </ReactFlow>
    </div>
  );
}

function hueClass(node: StepNode): string {
  return `hue-${node.data.step.kind}`;
}
