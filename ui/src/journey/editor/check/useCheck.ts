/** Keeps what is known about the draft up to date: problems and faces from the server, kinds of steps once. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { catalogueQuery, checkDocument } from '../../../api/drafting';
import type { Editor } from '../editor';
import { startersOf, startersQuery } from '../palette/starters';
import { learn } from './faces';

/** The first part of the path of a problem that is in the journey's settings. */
export const SETTINGS = 'settings';

const AFTER_MS = 400;
const RETRY_MS = 5_000;

export function useCheck(editor: Editor): void {
  const client = useQueryClient();
  const { data: catalogue } = useQuery(catalogueQuery);
  const { data: read } = useQuery(startersQuery(client));
  // The palette need not wait for their ways out.
  const starters = useMemo(() => read ?? (catalogue && startersOf(catalogue)), [read, catalogue]);
  useEffect(() => {
    if (starters) editor.known.setState({ starters: new Map(starters.map((each) => [each.type, each])) });
  }, [editor, starters]);
  useEffect(() => watch(editor), [editor]);
}

function watch(editor: Editor): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | null = null;
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const { faces, problems } = await checkDocument(editor.draft.document(), signal);
      editor.known.setState((old) => ({ faces: learn(old.faces, faces), problems }));
    } catch {
      // Whether the server is away, the saving says; a check that was overtaken is not missed.
      if (!signal.aborted) later(RETRY_MS);
    }
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), ms);
  };
  const stop = editor.draft.store.subscribe(({ document }, before) => {
    if (document !== before.document) later(AFTER_MS);
  });
  void ask();
  return () => {
    stop();
    clearTimeout(timer);
    asking?.abort();
  };
}
