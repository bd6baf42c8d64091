/** How the steps of an unsaved draft look: what the server last said, made to fit what was edited since. */

import type { Journey, NodeFace, Port } from '../../../api/types';
import { plain, sentence } from '../../../app/format';
import { portsOf } from '../../graph/ports';
import type { Starter } from '../palette/starters';

export type Faces = Readonly<Record<string, NodeFace>>;

/** A face for every step; its ports are those its settings name, those last known, or those its kind begins with. */
export function facesOf(
  document: Journey,
  known: Faces,
  starters: ReadonlyMap<string, Starter>,
): Record<string, NodeFace> {
  const used = portsInUse(document);
  return Object.fromEntries(
    document.nodes.map((node) => {
      const starter = starters.get(node.type);
      const old = known[node.id]?.type === node.type ? known[node.id] : undefined;
      const title = old?.title ?? starter?.title ?? sentence(plain(node.type));
      const ports = portsOf(node.data, old?.ports, starter);
      const missing = (used.get(node.id) ?? []).filter((id) => !ports.some((port) => port.id === id));
      const face: NodeFace = {
        type: node.type,
        title,
        name: node.name || title,
        summary: old?.summary ?? starter?.summary ?? '',
        icon: old?.icon ?? starter?.icon ?? '',
        group: old?.group ?? starter?.group ?? 'path',
        ports: [...ports, ...missing.map(unknownPort)],
      };
      return [node.id, face];
    }),
  );
}

/** Take over what the server says; ports of a step it cannot read stay as they were. */
export function learn(known: Faces, said: Faces): Faces {
  const next = Object.entries(said).map(([id, face]) => {
    const old = known[id];
    const kept = face.ports.length === 0 && old?.type === face.type ? old.ports : face.ports;
    return [id, { ...face, ports: kept }];
  });
  return Object.fromEntries(next);
}

function portsInUse(document: Journey): Map<string, string[]> {
  const used = new Map<string, string[]>();
  for (const { source, source_port } of document.edges)
    used.set(source, [...(used.get(source) ?? []), source_port]);
  return used;
}

function unknownPort(id: string): Port {
  return { id, label: sentence(plain(id)), optional: false };
}
