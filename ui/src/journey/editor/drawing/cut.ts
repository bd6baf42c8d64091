/** A text cut to a width: a picture has no room that grows. */

let pen: CanvasRenderingContext2D | null = null;

/** The text, or as much of its beginning as fits, with an ellipsis; `font` is weight and size. */
export function cut(text: string, width: number, font: string): string {
  pen ??= document.createElement('canvas').getContext('2d');
  if (!pen) return text;
  pen.font = `${font} 'Inter Variable', Inter, sans-serif`;
  if (pen.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
