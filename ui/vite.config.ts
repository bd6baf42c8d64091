/** The build: hashed files that may be cached for ever, and the API passed through while developing. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
  build: {
    target: 'es2023',
    manifest: true,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'react',
              test: /node_modules[\\/](react|react-dom|scheduler|use-sync-external-store)[\\/]/,
            },
            { name: 'flow', test: /node_modules[\\/](@xyflow|d3-|classcat)/ },
            // All that every page needs in one file; a top-level await would scatter it otherwise.
            { name: 'app', tags: ['$initial'], test: /^(?!.*[\\/](index\.html|main\.tsx)$)/ },
          ],
        },
      },
    },
  },
});
