// Weighs the build: what the list page and the canvas load first, gzipped, against their budgets.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const weigh = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1024;

function load(keys) {
  const seen = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key].imports ?? []) visit(next);
  };
  keys.forEach(visit);
  const chunks = [...seen].map((key) => manifest[key]);
  const css = new Set(chunks.flatMap((chunk) => chunk.css ?? []));
  return {
    js: chunks.reduce((sum, chunk) => sum + weigh(chunk.file), 0),
    css: [...css].reduce((sum, file) => sum + weigh(file), 0),
  };
}

const journey = ['index.html', 'src/journey/JourneyPage.tsx'];
const pages = [
  { name: 'journeys', keys: ['index.html'], js: 170, css: 30 },
  { name: 'run', keys: [...journey, 'src/journey/live/LiveJourney.tsx'], js: 240, css: 30 },
  { name: 'editor', keys: [...journey, 'src/journey/editor/DraftJourney.tsx'], js: 240, css: 30 },
];

let heavy = false;
for (const page of pages) {
  const { js, css } = load(page.keys);
  const over = js > page.js || css > page.css;
  heavy ||= over;
  console.log(
    `${page.name}: ${js.toFixed(1)} kB of scripts (at most ${page.js}), ` +
      `${css.toFixed(1)} kB of styles (at most ${page.css}), gzipped${over ? ': TOO HEAVY' : ''}`,
  );
}
if (heavy) process.exit(1);
