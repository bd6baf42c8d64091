/** The typed client of the API; every call either returns data or throws a Failure. */

import createClient from 'openapi-fetch';
import { language } from '../app/language';
import { awayFailure, failureOf } from './failure';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '/', headers: { 'Accept-Language': language } });

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Wait for an answer of the client and take its data out. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw awayFailure();
  }
  if (!answer.response.ok || answer.data === undefined) throw failureOf(answer.error, answer.response.status);
  return answer.data;
}
