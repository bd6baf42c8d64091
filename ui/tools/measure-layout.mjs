// Times the layout of random journeys: `node tools/measure-layout.mjs 1000` prints the median in milliseconds.
import { createServer } from 'vite';

const size = Number(process.argv[2] ?? 1000);
// Nothing else in this process: Vite would look for dependencies and watch files while we measure.
const server = await createServer({
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
  appType: 'custom',
  logLevel: 'error',
});
const { layoutOf } = await server.ssrLoadModule('/src/journey/graph/layout.ts');
const { randomJourney, randomSource } = await server.ssrLoadModule('/src/journey/graph/layout.fixtures.ts');

const samples = Array.from({ length: 5 }, (_, seed) => randomJourney(size, randomSource(seed + 1)));
const times = [];
for (let round = 0; round < 11; round += 1) {
  for (const { nodes, edges } of samples) {
    const began = performance.now();
    layoutOf(nodes, edges);
    if (round > 0) times.push(performance.now() - began);
  }
}
times.sort((a, b) => a - b);
console.log(times[Math.floor(times.length / 2)].toFixed(2));
await server.close();
