/** The icons the server names, drawn by us. */

import {
  type Icon,
  IconArrowsSplit2,
  IconCircleDashed,
  IconClock,
  IconDice3,
  IconGitBranch,
  IconLogout2,
  IconMail,
  IconSpeakerphone,
  IconUsers,
} from '@tabler/icons-react';

const ICONS: Record<string, Icon> = {
  users: IconUsers,
  clock: IconClock,
  'arrows-split-2': IconArrowsSplit2,
  'git-branch': IconGitBranch,
  'dice-3': IconDice3,
  mail: IconMail,
  speakerphone: IconSpeakerphone,
  'logout-2': IconLogout2,
};

/** The icon of that name; a new one this page does not have yet becomes a dashed circle. */
export function iconOf(name: string): Icon {
  return ICONS[name] ?? IconCircleDashed;
}
