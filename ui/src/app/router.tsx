/** The addresses of the pages; the canvas is loaded when a journey is pointed at. */

import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router';
import { catalogueQuery, templatesQuery } from '../api/drafting';
import { journeyQuery } from '../api/queries';
import { JourneysPage } from '../journeys/JourneysPage';
import { listSearch } from '../journeys/order';
import { CrashPage } from './shell/CrashPage';
import { NotFoundPage } from './shell/NotFoundPage';

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const journeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: listSearch,
  component: JourneysPage,
});

/** The open step and the view are part of the address, so that they can be sent to somebody. */
interface JourneySearch {
  step?: string;
  view?: 'draft' | 'live';
}

function journeySearch({ step, view }: Record<string, unknown>): JourneySearch {
  return {
    ...(typeof step === 'string' && step ? { step } : {}),
    ...(view === 'draft' || view === 'live' ? { view } : {}),
  };
}

export const journeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journeys/$id',
  validateSearch: journeySearch,
  loader: ({ context, params }) => {
    void context.queries.prefetchQuery(journeyQuery(params.id));
    void context.queries.prefetchQuery(catalogueQuery);
  },
  component: lazyRouteComponent(() => import('../journey/JourneyPage'), 'JourneyPage'),
});

const newRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new',
  loader: ({ context }) => {
    void context.queries.prefetchQuery(templatesQuery);
  },
  component: lazyRouteComponent(() => import('../journeys/start/StartPage'), 'StartPage'),
});

const audiencesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audiences',
  component: lazyRouteComponent(() => import('../audience/pages/AudiencesPage'), 'AudiencesPage'),
});

const audienceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audiences/$id',
  component: lazyRouteComponent(() => import('../audience/pages/AudiencePage'), 'AudiencePage'),
});

const newAudienceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new-audience',
  validateSearch: ({ from }: Record<string, unknown>): { from?: string } =>
    typeof from === 'string' && from ? { from } : {},
  component: lazyRouteComponent(() => import('../audience/pages/AudiencePage'), 'NewAudiencePage'),
});

const connectionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connections',
  component: lazyRouteComponent(() => import('../connections/ConnectionsPage'), 'ConnectionsPage'),
});

const connectionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connections/$name',
  component: lazyRouteComponent(() => import('../connections/ConnectionPage'), 'ConnectionPage'),
});

const newConnectionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new-connection',
  validateSearch: ({ channel }: Record<string, unknown>): { channel?: string } =>
    typeof channel === 'string' && channel ? { channel } : {},
  component: lazyRouteComponent(() => import('../connections/ConnectionPage'), 'NewConnectionPage'),
});

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs',
  component: lazyRouteComponent(() => import('../runs/RunsPage'), 'RunsPage'),
});

const sourcesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources',
  component: lazyRouteComponent(() => import('../sources/SourcesPage'), 'SourcesPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/SettingsPage'), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  journeysRoute,
  newRoute,
  journeyRoute,
  audiencesRoute,
  audienceRoute,
  newAudienceRoute,
  connectionsRoute,
  connectionRoute,
  newConnectionRoute,
  runsRoute,
  sourcesRoute,
  settingsRoute,
]);

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
