/** Tells rules which messages the journey sends, by the names that people know them by. */

import { type ReactNode, useMemo } from 'react';
import { MessagesContext } from '../../audience/messages';
import { useDocument, useEditor, useKnown } from './editor';

export function Messages({ children }: { children: ReactNode }) {
  const editor = useEditor();
  const { nodes } = useDocument();
  const said = useKnown((state) => state.faces);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the faces are made of what was said and drawn
  const messages = useMemo(() => {
    const faces = editor.faces();
    return nodes
      .filter((node) => node.type === 'message')
      .map(({ id, name }) => ({ id, name: name || faces[id]?.summary || id }));
  }, [editor, nodes, said]);
  return <MessagesContext value={messages}>{children}</MessagesContext>;
}
