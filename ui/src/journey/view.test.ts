/** A drawing and a report become what the canvas shows. */

import { expect, test } from 'vitest';
import type { Drawing, Report } from '../api/types';
import { endingsOf, layoutInput, layoutKey, viewOf } from './view';

const drawing: Drawing = {
  document: {
    schema_version: 1,
    name: 'Welcome',
    description: '',
    settings: {},
    notes: [],
    nodes: [
      { id: 'offer', type: 'message', name: 'Offer', data: {} },
      { id: 'end', type: 'exit', name: '', data: {} },
    ],
    edges: [{ id: 'e1', source: 'offer', source_port: 'done', target: 'end' }],
  },
  faces: {
    offer: {
      type: 'message',
      title: 'Message',
      name: 'Offer',
      summary: 'Sends by email.smtp',
      icon: 'mail',
      group: 'action',
      ports: [
        { id: 'done', label: 'Done', optional: false },
        { id: 'not_done', label: 'Not sent', optional: true },
      ],
    },
    end: {
      type: 'exit',
      title: 'Exit',
      name: '',
      summary: 'Ends',
      icon: 'logout-2',
      group: 'end',
      ports: [],
    },
  },
};

const report: Report = {
  journey_id: 'welcome',
  version: 1,
  versions: [1],
  status: 'live',
  wave: 3,
  as_of: null,
  next_due_at: null,
  trouble: '',
  entered: 200,
  inside: 100,
  ended: 100,
  converted: 0,
  held_out: 0,
  held_out_converted: 0,
  nodes: {
    offer: {
      arrived: 200,
      left: 100,
      here: 100,
      next_due_at: '2026-11-26T14:00:00Z',
      outcomes: { suppressed: 4, accepted: 96 },
      reasons: {},
      events: {},
    },
  },
  edges: { e1: 100 },
  endings: [
    { node_id: 'end', reason: 'exit:converted_late', count: 60 },
    { node_id: 'end', reason: 'exit:completed', count: 40 },
  ],
  refused: {},
};

test('an optional port nobody wired is not drawn, and a single way out needs no label', () => {
  const view = viewOf(drawing, report);
  expect(view.steps[0]?.ports.map((port) => port.id)).toEqual(['done']);
  expect(view.lines[0]?.label).toBe('');
});

test('lines know their count and their share of everybody who entered', () => {
  expect(viewOf(drawing, report).lines[0]).toMatchObject({ count: 100, share: 0.5 });
  expect(viewOf(drawing, null).lines[0]).toMatchObject({ count: null, share: 0 });
});

test('what went well comes first among the outcomes', () => {
  expect(viewOf(drawing, report).steps[0]?.outcomes.map((outcome) => outcome.name)).toEqual([
    'accepted',
    'suppressed',
  ]);
});

test('endings are summed by reason and named in words', () => {
  expect(endingsOf(report)).toEqual([
    { reason: 'converted late', count: 60 },
    { reason: 'completed', count: 40 },
  ]);
  expect(viewOf(drawing, report).steps[1]).toMatchObject({ name: 'Exit', isEnd: true, ended: 100 });
});

test('a step tells when it is due next while somebody is there', () => {
  const dueOf = (here: number) => {
    const nodes = { offer: { ...report.nodes.offer, here } } as Report['nodes'];
    return viewOf(drawing, { ...report, nodes }).steps[0]?.dueAt;
  };
  expect([dueOf(100), dueOf(0)]).toEqual(['2026-11-26T14:00:00Z', null]);
});

test('counts do not change the layout', () => {
  const key = (counts: Report | null) => layoutKey(layoutInput(viewOf(drawing, counts)));
  expect(key(report)).toBe(key(null));
});
