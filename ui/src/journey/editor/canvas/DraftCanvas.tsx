/** The canvas in draft mode: everything can be carried, connected, selected and removed. */

import {
  Background,
  BackgroundVariant,
  type Connection,
  type EdgeTypes,
  type FinalConnectionState,
  MiniMap,
  type NodeChange,
  type NodeTypes,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useMediaQuery } from '@mantine/hooks';
import { type MouseEvent as ReactMouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { words as pageWords } from '../../../app/words';
import { MANY_STEPS } from '../../canvas/elements';
import { useKept } from '../../canvas/useKept';
import { useTabStop } from '../../canvas/useTabStop';
import { useViewport } from '../../canvas/useViewport';
import { ZoomControls } from '../../canvas/ZoomControls';
import { leaves, type Spot } from '../../graph/ops';
import { connect } from '../commands';
import { type Editor, useDocument, useEditor, useFaces, useKnown, useSurface } from '../editor';
import { words } from '../words';
import { ConnectingLine, whyNot } from './ConnectingLine';
import { DraftCard } from './DraftCard';
import { DraftLine } from './DraftLine';
import { EmptyStart } from './EmptyStart';
import { type DraftEdge, type DraftNode, edgesOf, nodesOf } from './elements';
import { Spots } from './Spots';
import { useCanvasKeys } from './useCanvasKeys';
import { type DraftView, useDraftView } from './useDraftView';
import { Ways } from './Ways';
import '../../canvas/canvas.css';

const nodeTypes: NodeTypes = { step: DraftCard };
const edgeTypes: EdgeTypes = { line: DraftLine };

/** From so many steps on an overview is worth its room. */
const OVERVIEW_STEPS = 14;

const labels = {
  'node.a11yDescription.default': words.canvas.help,
  'edge.a11yDescription.default': pageWords.canvas.lineHelp,
  'minimap.ariaLabel': pageWords.canvas.minimap,
};

export function DraftCanvas({ opened }: { opened: string | null }) {
  const editor = useEditor();
  const shown = useDraftView(useDocument(), useFaces());
  editor.spots = shown.spots;
  const { stop, onFocus } = useTabStop(shown.layout.positions, opened);
  const { nodes, edges } = useElements(shown, stop);
  const frame = useRef<HTMLDivElement>(null);
  const viewport = useViewport(frame, shown.layout, opened, 'draft');
  const wide = useMediaQuery('(min-width: 900px)', true, { getInitialValueInEffect: false });
  const carrying = useSurface((state) => state.carried !== null);
  const [connecting, setConnecting] = useState(false);
  const handlers = useGestures(editor);
  const onKeyDown = useCanvasKeys(frame, shown);
  useEffect(() => {
    editor.fit = viewport.fit;
  }, [editor, viewport.fit]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys walk between the steps, which are the buttons
    <div
      ref={frame}
      className="canvas drafting"
      data-carrying={carrying || undefined}
      data-connecting={connecting || undefined}
      data-many={nodes.length > MANY_STEPS || undefined}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <ReactFlow<DraftNode, DraftEdge>
        aria-label={pageWords.canvas.label}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        connectionLineComponent={ConnectingLine}
        connectionRadius={30}
        onConnectStart={() => setConnecting(true)}
        {...handlers}
        onConnectEnd={(event, state) => {
          setConnecting(false);
          handlers.onConnectEnd(event, state);
        }}
        onInit={viewport.fitAtOnce}
        onMoveStart={viewport.onMoveStart}
        nodesDraggable={false}
        edgesFocusable={false}
        elementsSelectable
        selectionKeyCode="Shift"
        multiSelectionKeyCode={MULTI_KEYS}
        deleteKeyCode={null}
        minZoom={0.05}
        maxZoom={1.5}
        panOnScroll
        zoomOnDoubleClick={false}
        onlyRenderVisibleElements={nodes.length > MANY_STEPS}
        ariaLabelConfig={labels}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} />
        <Ways shown={shown} />
        <Spots spots={shown.spots} />
        {nodes.length === 0 && <EmptyStart />}
        <ZoomControls onFit={viewport.fit} />
        {wide && nodes.length > OVERVIEW_STEPS && (
          <MiniMap pannable zoomable nodeBorderRadius={16} nodeClassName={hueClass} position="bottom-right" />
        )}
      </ReactFlow>
    </div>
  );
}

const MULTI_KEYS = ['Meta', 'Control', 'Shift'];

function hueClass(node: DraftNode): string {
  return `hue-${node.data.step.kind}`;
}

function useElements(shown: DraftView, stop: string | null): { nodes: DraftNode[]; edges: DraftEdge[] } {
  const document = useDocument();
  const faces = useFaces();
  const problems = useKnown((state) => state.problems);
  const selected = useSurface((state) => state.selected);
  const line = useSurface((state) => state.line);
  const fresh = useSurface((state) => state.fresh);
  const nodes = useMemo(
    () => nodesOf({ shown, document, faces, problems, selected, fresh, stop }),
    [shown, document, faces, problems, selected, fresh, stop],
  );
  const edges = useMemo(() => edgesOf(shown, line), [shown, line]);
  return { nodes: useKept<DraftNode>(nodes), edges: useKept<DraftEdge>(edges) };
}

function useGestures(editor: Editor) {
  const flow = useReactFlow();
  const onNodesChange = useCallback((changes: NodeChange<DraftNode>[]) => select(editor, changes), [editor]);
  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => connect(editor, source, sourceHandle ?? 'next', target),
    [editor],
  );
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => endConnecting(editor, event, state),
    [editor],
  );
  return useMemo(
    () => ({
      onNodesChange,
      onConnect,
      onConnectEnd,
      isValidConnection: (line: Connection | DraftEdge) => whyNot(editor, line.source, line.target) === null,
      onNodeClick: (event: ReactMouseEvent, node: DraftNode) => {
        const several = event.shiftKey || event.metaKey || event.ctrlKey;
        editor.open(several ? null : node.id);
      },
      onEdgeClick: (_: ReactMouseEvent, edge: DraftEdge) => {
        editor.open(null);
        for (const node of flow.getNodes()) if (node.selected) editor.surface.clear();
        editor.surface.selectLine(edge.id);
      },
      onPaneClick: () => {
        editor.surface.clear();
        editor.open(null);
      },
    }),
    [editor, flow, onNodesChange, onConnect, onConnectEnd],
  );
}

/** The canvas library says what became selected; everything else about nodes is ours. */
function select(editor: Editor, changes: NodeChange<DraftNode>[]): void {
  const { selected } = editor.surface.now();
  const next = new Set(selected);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  const same = next.size === selected.size && [...next].every((id) => selected.has(id));
  if (!same) editor.surface.select(next);
}

/** A line let go over nothing asks what comes there; over a step that cannot take it, it says why. */
function endConnecting(editor: Editor, event: MouseEvent | TouchEvent, state: FinalConnectionState): void {
  const { fromNode, fromHandle, toNode, isValid } = state;
  if (!fromNode || !fromHandle || isValid) return;
  if (toNode) {
    const [source, target] =
      fromHandle.type === 'source' ? [fromNode.id, toNode.id] : [toNode.id, fromNode.id];
    const reason = whyNot(editor, source as string, target as string);
    if (reason && source !== target) editor.surface.say(reason, 'bad');
    return;
  }
  if (fromHandle.type !== 'source' || !fromHandle.id) return;
  const { edges } = editor.draft.document();
  const port = fromHandle.id;
  const line = edges.find((edge) => leaves(edge, fromNode.id, port));
  const spot: Spot = line ? { kind: 'line', edge: line.id } : { kind: 'port', source: fromNode.id, port };
  const at = 'changedTouches' in event ? event.changedTouches[0] : event;
  if (at) editor.surface.set({ asking: { spot, x: at.clientX, y: at.clientY } });
}
