/** Everything that stands over the page, loaded when the first of it is asked for. */

import type { JourneyDetail } from '../../../api/types';
import { useEditor, useSurface } from '../editor';
import { ConflictDialog } from './ConflictDialog';
import { DeleteDialog } from './DeleteDialog';
import { PublishDialog } from './PublishDialog';
import { SearchDialog } from './SearchDialog';
import { ShortcutSheet } from './ShortcutSheet';
import './dialogs.css';

interface PanelsProps {
  detail: JourneyDetail;
  /** The server has a newer draft than the one that was edited here. */
  quarrel: boolean;
  onLater: () => void;
}

export default function Panels({ detail, quarrel, onLater }: PanelsProps) {
  const { surface } = useEditor();
  const panel = useSurface((state) => state.panel);
  const close = () => surface.set({ panel: null });
  if (quarrel) return <ConflictDialog onLater={onLater} />;
  switch (panel) {
    case 'publish':
      return <PublishDialog detail={detail} onClose={close} />;
    case 'search':
      return <SearchDialog onClose={close} />;
    case 'shortcuts':
      return <ShortcutSheet onClose={close} />;
    case 'delete':
      return <DeleteDialog onClose={close} />;
    default:
      return null;
  }
}
