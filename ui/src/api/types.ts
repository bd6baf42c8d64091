/** Short names for what the API sends; the one place that names the generated schemas. */

import type { components } from './schema';

type Schemas = components['schemas'];

/** The server always fills every field, also those its schema gives a default. */
type Whole<T> = T extends (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> }
    : T;

export type JourneyRow = Whole<Schemas['JourneyRow']>;
export type JourneyDetail = Whole<Schemas['JourneyDetail']>;
export type Journey = Whole<Schemas['Journey']>;
export type DrawnNode = Whole<Schemas['DrawnNode']>;
export type Note = Whole<Schemas['Note']>;
export type Edge = Whole<Schemas['Edge']>;
export type NodeFace = Whole<Schemas['NodeFace']>;
export type Port = Whole<Schemas['Port']>;
export type NodeCounts = Whole<Schemas['NodeCounts']>;
export type Ending = Whole<Schemas['Ending']>;
export type Report = Whole<Schemas['Report']>;
export type Run = Whole<Schemas['Run']>;
export type Problem = Whole<Schemas['Problem']>;
export type CheckResult = Whole<Schemas['CheckResult']>;
export type Version = Whole<Schemas['Version']>;
export type Simulation = Whole<Schemas['Simulation']>;
export type Template = Whole<Schemas['Template']>;
export type Catalogue = Schemas['Catalogue'];
export type NodeKind = Schemas['NodeKind'];

/** What is drawn: a document, and the faces of its steps. */
export interface Drawing {
  document: Journey;
  faces: Record<string, NodeFace>;
}

export const STATUSES = ['draft', 'published', 'live', 'paused', 'stopped', 'finished'] as const;
export type Status = (typeof STATUSES)[number];

/** A status this page knows; a newer server's unknown one is shown as a draft's quiet badge would be. */
export function statusOf(text: string): Status {
  return STATUSES.find((status) => status === text) ?? 'draft';
}

/** There is a run to report on. */
export function hasRun(status: Status): boolean {
  return status === 'live' || status === 'paused' || status === 'stopped' || status === 'finished';
}

/** The run may still change by itself. */
export function isRunning(status: Status): boolean {
  return status === 'live' || status === 'paused';
}
