/** What the provider's account has for a field, to choose from instead of typing. */

import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import type { Failure } from '../api/failure';
import type { components } from '../api/schema';

const KEPT_MS = 5 * 60_000;

type Choice = components['schemas']['Choice'];

export function choicesQuery(connection: string, field: string) {
  return queryOptions<Choice[], Failure>({
    queryKey: ['choices', connection, field],
    queryFn: async ({ signal }) => {
      const params = { path: { name: connection, field } };
      return (await unwrap(api.GET('/api/v1/connections/{name}/choices/{field}', { params, signal }))).items;
    },
    staleTime: KEPT_MS,
    retry: false,
  });
}
