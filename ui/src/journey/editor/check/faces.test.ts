/** What new steps begin with, and how steps look before the server has said so. */

import { expect, test } from 'vitest';
import type { Journey, NodeFace } from '../../../api/types';
import { firstData, type Starter } from '../palette/starters';
import { facesOf, learn } from './faces';

const connections = [
  { name: 'ads', channel: 'audience.meta' },
  { name: 'mail', channel: 'email.smtp' },
];

test('a kind of step that needs a rule, a time or a connection begins with one', () => {
  const schema = {
    required: ['rule', 'duration', 'connection', 'step'],
    properties: {
      rule: { 'x-widget': 'rule' },
      duration: { type: 'string', format: 'duration' },
      channel: { type: 'string', default: 'email.smtp', 'x-widget': 'channel:message' },
      connection: { type: 'string', 'x-widget': 'connection' },
      step: { type: 'object' },
      optional: { type: 'boolean', default: true },
    },
  };
  expect(firstData(schema, { connections })).toEqual({
    rule: { kind: 'all', of: [] },
    duration: 'P1D',
    channel: 'email.smtp',
    connection: 'mail',
    step: {},
  });
});

test('branches begin named, and share what is to be shared', () => {
  const arm = {
    type: 'object',
    required: ['id', 'label', 'weight'],
    properties: { id: { type: 'string' }, label: { type: 'string' }, weight: { type: 'number' } },
  };
  const schema = {
    required: ['arms'],
    properties: { arms: { type: 'array', minItems: 2, items: { $ref: '#/$defs/Arm' } } },
    $defs: { Arm: arm },
  };
  expect(firstData(schema, { connections })).toEqual({
    arms: [
      { id: 'a', label: 'A', weight: 50 },
      { id: 'b', label: 'B', weight: 50 },
    ],
  });
});

const port = (id: string) => ({ id, label: id, optional: false });
const starter: Starter = {
  type: 'first_match',
  title: 'First match',
  icon: 'arrows-split-2',
  group: 'path',
  hint: '',
  data: { branches: [{ id: 'a', label: 'A' }] },
  ports: [port('a'), port('else')],
  summary: 'Two paths',
};

function one(data: Record<string, unknown>, edges: Journey['edges'] = []): Journey {
  const node = { id: 's', type: 'first_match', name: '', data };
  return { schema_version: 1, name: 'Test', description: '', settings: {}, notes: [], nodes: [node], edges };
}

test('ports follow the settings at once, and one in use is never lost', () => {
  const kinds = new Map([[starter.type, starter]]);
  const ids = (document: Journey, known: Record<string, NodeFace> = {}) =>
    facesOf(document, known, kinds).s?.ports.map((each) => each.id);
  const two = { branches: ['x', 'y'].map((id) => ({ id, label: id })) };
  expect(ids(one(two))).toEqual(['x', 'y', 'else']);
  expect(ids(one({}))).toEqual(['a', 'else']);
  const edge = { id: 'e', source: 's', source_port: 'gone', target: 's' };
  expect(ids(one(two, [edge]))).toEqual(['x', 'y', 'else', 'gone']);
});

test('a step the server cannot read keeps the ports it had', () => {
  const face: NodeFace = { ...starter, name: 'S', ports: [...starter.ports] };
  const unread = { ...face, summary: 'Not set up yet', ports: [] };
  expect(learn({ s: face }, { s: unread }).s).toMatchObject({ summary: 'Not set up yet', ports: face.ports });
});
