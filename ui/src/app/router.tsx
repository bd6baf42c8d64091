/** The addresses of the pages; the canvas is loaded when a journey is pointed at. */

import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router';
import { journeyQuery } from '../api/queries';
import { JourneysPage } from '../journeys/JourneysPage';
import { CrashPage } from './shell/CrashPage';
import { NotFoundPage } from './shell/NotFoundPage';

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const journeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: JourneysPage,
});

/** The open step is part of the address, so that it can be sent to somebody. */
interface JourneySearch {
  step?: string;
}

export const journeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journeys/$id',
  validateSearch: (search: Record<string, unknown>): JourneySearch =>
    typeof search.step === 'string' && search.step ? { step: search.step } : {},
  loader: ({ context, params }) => {
    void context.queries.prefetchQuery(journeyQuery(params.id));
  },
  component: lazyRouteComponent(() => import('../journey/JourneyPage'), 'JourneyPage'),
});

const routeTree = rootRoute.addChildren([journeysRoute, journeyRoute]);

/** The router with what its loaders need. */
export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
