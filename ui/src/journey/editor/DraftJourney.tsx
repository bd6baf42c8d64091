/** The journey page in draft mode: the editor with everything that floats on it. */

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ReactFlowProvider } from '@xyflow/react';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { JourneyDetail } from '../../api/types';
import { usePageTitle } from '../../ui/usePageTitle';
import type { Asks } from '../asks';
import { FailedAction } from '../header/JourneyBanners';
import { DraftCanvas } from './canvas/DraftCanvas';
import { useCheck } from './check/useCheck';
import { createEditorOf } from './createEditorOf';
import { EditorProvider, useDocument, useEditor, useSaving, useSurface } from './editor';
import { DraftHeader } from './header/DraftHeader';
import { DraftInspector } from './inspector/DraftInspector';
import { Messages } from './Messages';
import { CarriedStep } from './palette/CarriedStep';
import { Palette } from './palette/Palette';
import { StepPicker } from './palette/StepPicker';
import { useSavingOf } from './save/useSaving';
import { Toast } from './Toast';
import { useKeys } from './useKeys';

const loadAsides = () => import('./asides/Asides');
const Asides = lazy(loadAsides);
const Outline = lazy(() => import('./outline/Outline'));
const TellAsks = lazy(() => import('../TellAsks'));
const loadPanels = () => import('./dialogs/Panels');
const Panels = lazy(loadPanels);
/** Soon after the page stands, so that nobody waits for a dialog. */
const PANELS_AFTER_MS = 1_500;

export function DraftJourney({ detail }: { detail: JourneyDetail }) {
  const client = useQueryClient();
  const [editor] = useState(() => createEditorOf(detail, client));
  return (
    <EditorProvider value={editor}>
      <ReactFlowProvider>
        <Messages>
          <DraftPage detail={detail} />
        </Messages>
      </ReactFlowProvider>
    </EditorProvider>
  );
}

function DraftPage({ detail }: { detail: JourneyDetail }) {
  const editor = useEditor();
  const opened = useOpenedStep(detail.id);
  useCheck(editor);
  useSavingOf(editor, detail);
  useKeys();
  const document = useDocument();
  usePageTitle(document.name);
  const phase = useSaving((state) => state.phase);
  const panel = useSurface((state) => state.panel);
  const outline = useSurface((state) => state.outline);
  const aside = useSurface((state) => state.aside);
  const tell = useCallback((asks: Asks) => editor.known.setState({ asks }), [editor]);
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => void loadPanels().catch(() => undefined), PANELS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (phase !== 'conflict') setLater(false);
  }, [phase]);
  const quarrel = phase === 'conflict' && !later;
  const there = document.nodes.some((node) => node.id === opened) ? opened : null;
  return (
    <div className="journey-page">
      <DraftHeader detail={detail} onResolve={() => setLater(false)} />
      <FailedAction />
      <main id="content" className="journey-main">
        {outline ? (
          <Suspense>
            <Outline opened={there} />
          </Suspense>
        ) : (
          <Palette />
        )}
        <DraftCanvas opened={there} />
        {there && <DraftInspector step={there} />}
        {aside && (
          <Suspense>
            <Asides detail={detail} aside={aside} hidden={there !== null} />
          </Suspense>
        )}
        <Toast />
      </main>
      <StepPicker />
      <Suspense>
        <TellAsks onTell={tell} />
      </Suspense>
      <CarriedStep />
      {(panel || quarrel) && (
        <Suspense>
          <Panels detail={detail} quarrel={quarrel} onLater={() => setLater(true)} />
        </Suspense>
      )}
    </div>
  );
}

/** Which step is open is part of the address; the editor is told how to change it. */
function useOpenedStep(id: string): string | null {
  const editor = useEditor();
  const { step } = useSearch({ from: '/journeys/$id' });
  const navigate = useNavigate();
  useEffect(() => {
    editor.open = (next) => {
      if (editor.surface.now().fresh !== next) editor.surface.set({ fresh: null });
      void navigate({
        to: '/journeys/$id',
        params: { id },
        search: ({ step: _, ...rest }) => (next ? { ...rest, step: next } : rest),
        replace: true,
      });
    };
  }, [editor, id, navigate]);
  useEffect(() => {
    if (step && !editor.surface.now().selected.has(step)) editor.surface.select([step]);
  }, [editor, step]);
  return step ?? null;
}
