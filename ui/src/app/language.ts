/** The language of the pages: the person's choice, else the browser's, else English. It holds until the next load. */

export const LANGUAGES = { en: 'English', 'pt-BR': 'Português (Brasil)' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'sojourn-language';

export const language: Language = chosen() ?? preferred();

/** Speak another language from now on. */
export function choose(next: Language): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // No storage: the browser's language stays.
  }
  location.reload();
}

/** The words of one part of the pages; only the language that is spoken is loaded. */
export async function spoken<Words>(
  modules: Record<Language, () => Promise<{ words: Words }>>,
): Promise<Words> {
  return (await modules[language]()).words;
}

function chosen(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept !== null && Object.hasOwn(LANGUAGES, kept) ? (kept as Language) : undefined;
  } catch {
    return undefined;
  }
}

function preferred(): Language {
  return globalThis.navigator?.language?.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en';
}
