/** Ways out that the settings of a step name: a list of things with an id and a label, such as branches or arms. */

import type { Edge, Port } from '../../api/types';

type Data = Record<string, unknown>;

/** The ports named in a step's settings; null: its settings name none. */
export function namedPorts(data: Data): Port[] | null {
  for (const value of Object.values(data)) {
    if (Array.isArray(value) && value.length > 0 && value.every(isNamed)) {
      return value.map(({ id, label }) => ({ id, label, optional: false }));
    }
  }
  return null;
}

/** What a kind of step is like at first; its ports beyond the named ones are always there. */
export interface Shape {
  data: Data;
  ports: readonly Port[];
}

/** A step's ports before the server has said so: the named ones with those its kind always has, or the last known. */
export function portsOf(data: Data, known: readonly Port[] | undefined, shape: Shape | undefined): Port[] {
  const named = namedPorts(data);
  const like = shape?.ports ?? [];
  if (!named) return [...(known && known.length > 0 ? known : like)];
  const first = new Set((namedPorts(shape?.data ?? {}) ?? []).map((port) => port.id));
  const ids = new Set(named.map((port) => port.id));
  const always = shape ? like.filter((port) => !first.has(port.id)) : [];
  return [...distinct(named), ...always.filter((port) => !ids.has(port.id))];
}

/** Lines follow a port that is called otherwise now, and go with one that is gone. */
export function rewire(edges: readonly Edge[], step: string, before: Data, after: Data): Edge[] {
  const old = namedPorts(before)?.map((port) => port.id) ?? [];
  const now = namedPorts(after)?.map((port) => port.id) ?? [];
  if (old.length === 0 || old.join(' ') === now.join(' ')) return [...edges];
  const renamed = (port: string) => {
    const at = now[old.indexOf(port)];
    return old.length === now.length && at !== undefined && !old.includes(at) ? at : null;
  };
  return edges.flatMap((edge) => {
    if (edge.source !== step || !old.includes(edge.source_port) || now.includes(edge.source_port))
      return [edge];
    const port = renamed(edge.source_port);
    return port ? [{ ...edge, source_port: port }] : [];
  });
}

function distinct(ports: readonly Port[]): Port[] {
  return [...new Map(ports.map((port) => [port.id, port])).values()];
}

function isNamed(item: unknown): item is { id: string; label: string } {
  if (typeof item !== 'object' || item === null) return false;
  const { id, label } = item as Data;
  return typeof id === 'string' && typeof label === 'string';
}
