/** What can be done with a draft, each edit under the name the history shows. */

import type { Journey } from '../../api/types';
import { canonical } from '../graph/changes';
import { copySteps, duplicateBranch, duplicateStep, pasteSteps, readClip } from '../graph/clip';
import * as notes from '../graph/notes';
import * as ops from '../graph/ops';
import { namedPorts } from '../graph/ports';
import { spotAfter } from '../graph/spots';
import type { Editor } from './editor';
import type { Starter } from './palette/starters';
import type { Aside } from './surface';
import { words as say } from './words';

export function nameOf(editor: Editor, step: string): string {
  return editor.faces()[step]?.name ?? step;
}

/** Put a new step somewhere and open it. */
export function add(editor: Editor, type: string, spot: ops.Spot): void {
  const starter = editor.known.getState().starters.get(type);
  if (!starter) return;
  let id = '';
  editor.draft.edit(say.intent.add(starter.title), (document) => {
    // Nothing leads into an entry: it always stands at the top.
    const grown = ops.addStep(document, newStep(starter), starter.group === 'start' ? ops.GROUND : spot);
    id = grown.id;
    return starter.group === 'start' ? leadIn(grown.document, id, starter) : grown.document;
  });
  if (!id) return;
  editor.surface.set({ fresh: id });
  show(editor, id);
  editor.surface.say(say.added(starter.title));
}

function newStep(starter: Starter): ops.NewStep {
  const out = starter.ports[0]?.id ?? null;
  return { type: starter.type, data: structuredClone(starter.data), out };
}

/** A new entry leads to the step nobody leads to yet, if there is exactly one. */
function leadIn(document: Journey, entry: string, starter: Starter): Journey {
  const reached = new Set(document.edges.map((edge) => edge.target));
  const waiting = document.nodes.filter((node) => !reached.has(node.id) && node.type !== starter.type);
  const [only] = waiting;
  const out = starter.ports[0]?.id;
  return only && waiting.length === 1 && out ? ops.connect(document, entry, out, only.id) : document;
}

/** Add behind what is selected, or at the only open way, or beside the flow. */
export function addAfterSelection(editor: Editor, type: string): void {
  add(editor, type, selectionSpot(editor));
}

export function selectionSpot(editor: Editor): ops.Spot {
  const { selected, line } = editor.surface.now();
  const { edges, nodes } = editor.draft.document();
  if (line) return { kind: 'line', edge: line };
  const [step] = selected;
  if (step && selected.size === 1) return spotAfter(step, wiredPorts(editor, step), edges);
  const open = nodes.flatMap((node) =>
    openPorts(editor, node.id).map((port): ops.Spot => ({ kind: 'port', source: node.id, port })),
  );
  return open.length === 1 ? (open[0] as ops.Spot) : ops.GROUND;
}

/** Ports that show; optional ones only when they are wired. */
function wiredPorts(editor: Editor, step: string): string[] {
  const { edges } = editor.draft.document();
  const ports = editor.faces()[step]?.ports ?? [];
  return ports
    .filter((port) => !port.optional || edges.some((edge) => ops.leaves(edge, step, port.id)))
    .map((port) => port.id);
}

export function openPorts(editor: Editor, step: string): string[] {
  const { edges } = editor.draft.document();
  return wiredPorts(editor, step).filter((port) => !edges.some((edge) => ops.leaves(edge, step, port)));
}

export function move(editor: Editor, steps: readonly string[], spot: ops.Spot): void {
  const [only] = steps;
  const what = only && steps.length === 1 ? nameOf(editor, only) : say.steps(steps.length);
  const moved = editor.draft.edit(
    say.intent.move(what),
    (document) => ops.moveSteps(document, steps, spot, editor.portsOf) ?? document,
  );
  if (moved) editor.surface.select(steps);
}

export function connect(editor: Editor, source: string, port: string, target: string): void {
  const circle = circleText(editor, source, target);
  if (circle) {
    editor.surface.say(circle, 'bad');
    return;
  }
  const intent = say.intent.connect(nameOf(editor, source), nameOf(editor, target));
  editor.draft.edit(intent, (document) => ops.connect(document, source, port, target));
}

/** Why a line may not be drawn, in words. */
export function circleText(editor: Editor, source: string, target: string): string | null {
  const way = ops.circleOf(editor.draft.document(), source, target);
  return way && say.circle(way.map((id) => nameOf(editor, id)).join(' → '));
}

/** Remove what is selected: steps, healing behind them, or a line. */
export function removeSelection(editor: Editor): void {
  const { selected, line } = editor.surface.now();
  if (line) {
    editor.draft.edit(say.intent.removeLine, (document) => ops.disconnect(document, line));
    editor.surface.clear();
  } else if (selected.size > 0) {
    removeSteps(editor, [...selected], say.intent.remove);
  }
}

function removeSteps(editor: Editor, ids: string[], intent: (what: string) => string): void {
  const what = ids.length === 1 ? nameOf(editor, ids[0] as string) : say.steps(ids.length);
  editor.draft.edit(intent(what), (document) => ops.removeSteps(document, ids, editor.portsOf));
  editor.surface.clear();
  editor.open(null);
  editor.surface.say(say.removed(what));
}

/** The selected steps as text; null: none is selected. */
export function copy(editor: Editor): string | null {
  const { selected } = editor.surface.now();
  return selected.size > 0 ? copySteps(editor.draft.document(), selected) : null;
}

export function cut(editor: Editor): void {
  const ids = [...editor.surface.now().selected];
  if (ids.length > 0) removeSteps(editor, ids, say.intent.cut);
}

/** Paste steps behind the selection, or beside the flow; whether the text held steps. */
export function paste(editor: Editor, text: string): boolean {
  const clip = readClip(text);
  if (!clip) return false;
  const { selected } = editor.surface.now();
  const spot = selected.size === 1 ? selectionSpot(editor) : ops.GROUND;
  const { starters } = editor.known.getState();
  const portsOf = (node: { type: string; data: Record<string, unknown> }) => {
    const named = namedPorts(node.data)?.map((port) => port.id);
    return named ?? (starters.get(node.type)?.ports ?? []).map((port) => port.id);
  };
  const entry = clip.nodes.some((node) => starters.get(node.type)?.group === 'start');
  grow(editor, say.intent.paste(clip.nodes.length), (document) =>
    pasteSteps(document, clip, entry ? ops.GROUND : spot, portsOf),
  );
  return true;
}

export function duplicate(editor: Editor): void {
  const { selected } = editor.surface.now();
  const [step] = selected;
  if (!step) return;
  if (selected.size === 1 && editor.faces()[step]?.group !== 'start') {
    grow(editor, say.intent.duplicate(nameOf(editor, step)), (document) =>
      duplicateStep(document, step, editor.portsOf),
    );
    return;
  }
  const clip = readClip(copySteps(editor.draft.document(), selected));
  const intent = say.intent.duplicate(selected.size === 1 ? nameOf(editor, step) : say.steps(selected.size));
  if (clip) grow(editor, intent, (document) => pasteSteps(document, clip, ops.GROUND, () => []));
}

export function duplicateWithBranch(editor: Editor, step: string): void {
  grow(editor, say.intent.duplicateBranch(nameOf(editor, step)), (document) =>
    duplicateBranch(document, step),
  );
}

function grow(
  editor: Editor,
  intent: string,
  change: (document: Journey) => { document: Journey; ids: string[] },
): void {
  let ids: string[] = [];
  editor.draft.edit(intent, (document) => {
    const grown = change(document);
    ids = grown.ids;
    return grown.document;
  });
  const [only] = ids;
  if (ids.length === 1 && only) show(editor, only);
  else {
    editor.open(null);
    editor.surface.select(ids);
  }
}

export function rename(editor: Editor, step: string, name: string): void {
  editor.draft.edit(say.intent.rename, (document) => ops.renameStep(document, step, name), `name of ${step}`);
}

export function patch(editor: Editor, step: string, data: Record<string, unknown>): void {
  const before = editor.draft.document().nodes.find((node) => node.id === step)?.data ?? {};
  const field = Object.keys({ ...before, ...data }).find(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(data[name]),
  );
  if (field === undefined) return;
  const intent = say.intent.edit(nameOf(editor, step));
  editor.draft.edit(intent, (document) => ops.patchData(document, step, data), `${field} of ${step}`);
}

export function renameJourney(editor: Editor, name: string): void {
  if (name.trim() && name !== editor.draft.document().name)
    editor.draft.edit(say.intent.renameJourney, (document) => ops.renameJourney(document, name.trim()));
}

export function addNote(editor: Editor, step: string): void {
  editor.draft.edit(say.intent.addNote(nameOf(editor, step)), (document) => notes.addNote(document, step));
}

export function writeNote(editor: Editor, id: string, text: string): void {
  editor.draft.edit(say.intent.writeNote, (document) => notes.writeNote(document, id, text), `note ${id}`);
}

export function removeNote(editor: Editor, id: string): void {
  editor.draft.edit(say.intent.removeNote, (document) => notes.removeNote(document, id));
}

/** Change the journey's settings; `named` says how a field is called. */
export function changeSettings(
  editor: Editor,
  settings: Record<string, unknown>,
  named: (field: string) => string,
): void {
  const before = editor.draft.document().settings;
  const field = Object.keys({ ...before, ...settings }).find(
    (name) => canonical(before[name]) !== canonical(settings[name]),
  );
  if (field === undefined) return;
  const change = (document: Journey) => ops.setSettings(document, settings);
  editor.draft.edit(say.intent.settings(named(field)), change, `setting ${field}`);
}

/** Open a card about the journey as a whole in the place of a step's. */
export function openAside(editor: Editor, aside: Aside): void {
  editor.open(null);
  editor.surface.set({ aside });
}

/** Hand the drawing to the browser as a file. */
export async function exportAs(editor: Editor, format: 'svg' | 'png'): Promise<void> {
  try {
    const { exportJourney } = await import('./drawing/exporting');
    await exportJourney({ document: editor.draft.document(), faces: editor.faces() }, format);
    editor.surface.say(say.export.done);
  } catch {
    editor.surface.say(say.export.failed, 'bad');
  }
}

/** Show the journey as a list, or no longer. */
export function turnOutline(editor: Editor): void {
  editor.surface.set({ outline: !editor.surface.now().outline });
}

/** Select a step and open its card. */
export function show(editor: Editor, step: string): void {
  editor.surface.select([step]);
  editor.open(step);
}

export function undo(editor: Editor): void {
  const { intent } = editor.draft.store.getState();
  if (!intent) return;
  editor.draft.undo();
  editor.surface.say(say.undone(intent));
}

export function redo(editor: Editor): void {
  if (editor.draft.history.getState().futureStates.length === 0) return;
  editor.draft.redo();
  editor.surface.say(say.redone(editor.draft.store.getState().intent));
}
