/** Leads to a field of the open step's form, which may still be on its way. */

type Path = readonly (string | number)[];

const EVERY_MS = 80;
const TRIES = 40;

/** Focus the field of a path as soon as it is there; in the end the closest field around it. */
export function toField(path: Path, tries = TRIES): void {
  setTimeout(() => {
    const card = document.querySelector('.inspector');
    const field = fieldOf(card, path) ?? (tries > 0 ? null : closest(card, path));
    if (field) focus(field);
    else if (tries > 0) toField(path, tries - 1);
  }, EVERY_MS);
}

function fieldOf(card: Element | null, path: Path): HTMLElement | null {
  return card?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path.join('.'))}"]`) ?? null;
}

function closest(card: Element | null, path: Path): HTMLElement | null {
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const field = fieldOf(card, path.slice(0, depth));
    if (field) return field;
  }
  return card?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? null;
}

/** What is written in comes before buttons that help writing. */
function focus(field: HTMLElement): void {
  field.scrollIntoView({ block: 'center' });
  const written = 'input, textarea, select, [contenteditable]';
  const part = field.matches(written) ? field : field.querySelector<HTMLElement>(written);
  (part ?? field.querySelector<HTMLElement>('button') ?? field).focus({ preventScroll: true });
}
