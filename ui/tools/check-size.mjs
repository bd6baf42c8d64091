// Weighs the build: what the list page and the canvas load first, gzipped, against their budgets.
// The words of the chosen language come along: those of the heaviest one are counted.
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
  const words = {};
  for (const key of new Set(chunks.flatMap((chunk) => chunk.dynamicImports ?? []))) {
    const language = /\/words\.(.+)\.ts$/.exec(key)?.[1];
    if (language) words[language] = (words[language] ?? 0) + weigh(manifest[key].file);
  }
  return {
    js: chunks.reduce((sum, chunk) => sum + weigh(chunk.file), Math.max(...Object.values(words))),
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
