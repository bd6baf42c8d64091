/** The journey as a file: an SVG in light colours that brings its letters along, or the same as a PNG. */

import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import type { Drawing } from '../../../api/types';
import { JourneyDrawing } from './JourneyDrawing';

export type Format = 'svg' | 'png';

/** Pixels of a PNG per pixel of the drawing, and how many a browser surely draws. */
const SHARP = 2;
const MOST_PIXELS = 16_000_000;

/** Draw the journey and hand it to the browser as a download. */
export async function exportJourney(drawing: Drawing, format: Format): Promise<void> {
  const picture = await svgOf(drawing);
  const file = format === 'svg' ? new Blob([picture.text], { type: 'image/svg+xml' }) : await pngOf(picture);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `${drawing.document.name.replaceAll(/[^\p{L}\p{N} _-]+/gu, '_').trim() || 'journey'}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

interface Picture {
  text: string;
  width: number;
  height: number;
}

async function svgOf(drawing: Drawing): Promise<Picture> {
  const place = document.createElement('div');
  const root = createRoot(place);
  flushSync(() => root.render(<JourneyDrawing drawing={drawing} label={drawing.document.name} />));
  const svg = place.querySelector('svg') as SVGSVGElement;
  const width = Number(svg.getAttribute('width'));
  const height = Number(svg.getAttribute('height'));
  const { x = 0, y = 0 } = svg.viewBox.baseVal ?? {};
  const paper = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="var(--paper)"/>`;
  const style = `<style>${await letters()}</style>`;
  const drawn = new XMLSerializer().serializeToString(svg);
  root.unmount();
  const colours = lightColours();
  const text = drawn
    .replace(/^(<svg[^>]*>)/, `$1${style}${paper}`)
    .replaceAll(/var\((--[\w-]+)\)/g, (whole, name: string) => colours.get(name) ?? whole);
  return { text, width, height };
}

/** The tokens of the light scheme, whichever is chosen. */
function lightColours(): Map<string, string> {
  const found = new Map<string, string>();
  for (const rule of rules()) {
    if (!(rule instanceof CSSStyleRule) || rule.selectorText !== ':root') continue;
    for (const name of rule.style)
      if (name.startsWith('--') && !found.has(name))
        found.set(name, rule.style.getPropertyValue(name).trim());
  }
  return found;
}

function rules(): CSSRule[] {
  return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
}

/** The page's own font for Latin letters, inside the file. */
async function letters(): Promise<string> {
  const face = rules().find(
    (rule): rule is CSSFontFaceRule => rule instanceof CSSFontFaceRule && /U\+0+-0*FF/i.test(rule.cssText),
  );
  const address = /url\("?([^")]+)"?\)/.exec(face?.cssText ?? '')?.[1];
  if (!face || !address) return '';
  const base = face.parentStyleSheet?.href ?? location.href;
  const font = await (await fetch(new URL(address, base))).blob();
  const url = await dataUrl(font);
  return `@font-face{font-family:'Inter Variable';font-weight:100 900;src:url(${url}) format('woff2')}`;
}

async function dataUrl(blob: Blob): Promise<string> {
  return await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

async function pngOf({ text, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = await dataUrl(new Blob([text], { type: 'image/svg+xml' }));
  await image.decode();
  const scale = Math.min(SHARP, Math.sqrt(MOST_PIXELS / (width * height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('no picture'))), 'image/png');
  });
}
