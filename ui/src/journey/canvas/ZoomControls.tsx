/** Closer, farther, everything. */

import { ActionIcon } from '@mantine/core';
import { IconMaximize, IconMinus, IconPlus } from '@tabler/icons-react';
import { Panel, useReactFlow } from '@xyflow/react';
import { words } from '../../app/words';

const { canvas } = words;

export function ZoomControls({ onFit }: { onFit: () => void }) {
  const flow = useReactFlow();
  const buttons = [
    { label: canvas.zoomOut, Icon: IconMinus, press: () => void flow.zoomOut({ duration: 160 }) },
    { label: canvas.zoomIn, Icon: IconPlus, press: () => void flow.zoomIn({ duration: 160 }) },
    { label: canvas.fit, Icon: IconMaximize, press: onFit },
  ];
  return (
    <Panel position="bottom-left" className="zoom" role="group" aria-label={canvas.controls}>
      {buttons.map(({ label, Icon, press }) => (
        <ActionIcon key={label} variant="subtle" size={34} aria-label={label} title={label} onClick={press}>
          <Icon size={17} stroke={1.75} />
        </ActionIcon>
      ))}
    </Panel>
  );
}
