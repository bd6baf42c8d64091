/** The line while it is drawn, and why it may not end where it is held. */

import type { ConnectionLineComponentProps } from '@xyflow/react';
import { circleText } from '../commands';
import { type Editor, useEditor } from '../editor';
import { words } from '../words';

export function ConnectingLine(props: ConnectionLineComponentProps) {
  const { fromX, fromY, toX, toY, fromNode, toNode, fromHandle } = props;
  const editor = useEditor();
  const ends = toNode ? [fromNode.id, toNode.id] : null;
  if (ends && fromHandle.type === 'target') ends.reverse();
  const refusal = ends ? whyNot(editor, ends[0] as string, ends[1] as string) : null;
  const bend = Math.max(24, Math.abs(toY - fromY) / 2);
  const sign = fromHandle.type === 'target' ? -1 : 1;
  const path = `M${fromX},${fromY}C${fromX},${fromY + sign * bend} ${toX},${toY - sign * bend} ${toX},${toY}`;
  return (
    <g>
      <path className="connecting" data-valid={toNode ? refusal === null : undefined} d={path} />
      {refusal && (
        <foreignObject x={toX + 16} y={toY + 12} width={300} height={120}>
          <div className="refusal" role="alert">
            {refusal}
          </div>
        </foreignObject>
      )}
    </g>
  );
}

/** Why no line may be drawn between two steps; null: it may. */
export function whyNot(editor: Editor, source: string, target: string): string | null {
  if (editor.faces()[target]?.group === 'start') return words.intoEntry;
  return circleText(editor, source, target);
}
