/** Colours, server answers and addresses around every page. */

import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Failure } from '../api/failure';
import { createAppRouter } from './router';
import { cssVariables, theme } from './theme/theme';

const schemes = localStorageColorSchemeManager({ key: 'sojourn-color-scheme' });

/** An answer that says no will say no again; only a server that was away is asked again at once. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => error instanceof Failure && error.kind === 'away' && count < 1,
      retryDelay: 800,
      staleTime: 2_000,
      networkMode: 'always',
      refetchOnReconnect: true,
    },
    mutations: { networkMode: 'always' },
  },
});

const router = createAppRouter(queries);

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
