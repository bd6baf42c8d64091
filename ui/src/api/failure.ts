/** What went wrong with a request, in words a person can act on. */

import { words } from '../app/words';
import type { Problem } from './types';

/** `away`: no answer from Sojourn; the other kinds are the API's. */
export type FailureKind = 'user' | 'operational' | 'unexpected' | 'away';

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly fix: string;
  readonly status: number;
  /** What is wrong with a document that was refused. */
  readonly problems: readonly Pick<Problem, 'code' | 'text' | 'fix' | 'path' | 'severity'>[];
  /** What the server has instead, when a save was out of date. */
  readonly current: unknown;

  constructor(
    kind: FailureKind,
    code: string,
    text: string,
    fix: string,
    status: number,
    more: { problems?: readonly Problem[]; current?: unknown } = {},
  ) {
    super(text);
    this.name = 'Failure';
    this.kind = kind;
    this.code = code;
    this.fix = fix;
    this.status = status;
    this.problems = more.problems ?? [];
    this.current = more.current ?? null;
  }
}

/** Read the body of an answer that is an error; anything unreadable still becomes a sentence. */
export function failureOf(body: unknown, status: number): Failure {
  const error = isRecord(body) && isRecord(body.error) ? body.error : null;
  if (!error) {
    if (status === 502 || status === 503 || status === 504) return awayFailure();
    return new Failure(
      'unexpected',
      'unreadable',
      words.failure.unreadable(status),
      words.failure.unreadableFix,
      status,
    );
  }
  const kind = error.kind === 'user' || error.kind === 'operational' ? error.kind : 'unexpected';
  return new Failure(kind, textOf(error.code), textOf(error.text), textOf(error.fix), status, {
    problems: Array.isArray(error.problems) ? error.problems : [],
    current: error.current,
  });
}

/** Nobody answered. */
export function awayFailure(): Failure {
  return new Failure('away', 'away', words.failure.away, words.failure.awayFix, 0);
}

/** Any thrown value as a failure. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('unexpected', 'unexpected', words.failure.unexpected, detail, 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
