/** The icons the server names, drawn by us. */

import {
  type Icon,
  IconApi,
  IconArrowsSplit2,
  IconBell,
  IconBolt,
  IconBrandGoogle,
  IconBrandMeta,
  IconBrandWhatsapp,
  IconCalendarTime,
  IconCircleDashed,
  IconClock,
  IconDeviceMobile,
  IconDice3,
  IconGitBranch,
  IconHourglass,
  IconLogout2,
  IconMail,
  IconMessage,
  IconSpeakerphone,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';

const ICONS: Record<string, Icon> = {
  users: IconUsers,
  bolt: IconBolt,
  api: IconApi,
  clock: IconClock,
  'calendar-time': IconCalendarTime,
  hourglass: IconHourglass,
  'arrows-split-2': IconArrowsSplit2,
  'git-branch': IconGitBranch,
  'dice-3': IconDice3,
  mail: IconMail,
  speakerphone: IconSpeakerphone,
  message: IconMessage,
  'device-mobile': IconDeviceMobile,
  bell: IconBell,
  webhook: IconWebhook,
  'brand-google': IconBrandGoogle,
  'brand-meta': IconBrandMeta,
  'brand-whatsapp': IconBrandWhatsapp,
  'logout-2': IconLogout2,
};

/** The icon of that name; a new one this page does not have yet becomes a dashed circle. */
export function iconOf(name: string): Icon {
  return ICONS[name] ?? IconCircleDashed;
}
