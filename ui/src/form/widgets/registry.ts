/** The widgets a schema may ask for with `x-widget`; what follows a colon is the widget's own business. */

import type { ComponentType } from 'react';
import type { FieldProps } from '../context';
import { JsonField } from '../fields/JsonField';
import type { Schema } from '../schema';
import { ChannelStep } from './ChannelStep';
import { ChannelWidget, ConnectionWidget } from './Channels';
import { ColumnWidget } from './Column';
import { DurationWidget } from './Duration';
import { EventRowsWidget } from './EventRows';
import { LiquidWidget } from './Liquid';
import { RuleWidget } from './RuleField';
import { SecretWidget } from './Secret';
import { WeightsWidget } from './Weights';
import './widgets.css';

const WIDGETS: Record<string, ComponentType<FieldProps>> = {
  rule: RuleWidget,
  duration: DurationWidget,
  weights: WeightsWidget,
  channel: ChannelWidget,
  connection: ConnectionWidget,
  'channel-step': ChannelStep,
  liquid: LiquidWidget,
  'liquid-html': LiquidWidget,
  column: ColumnWidget,
  event: EventRowsWidget,
  secret: SecretWidget,
};

export const WIDGET_NAMES: readonly string[] = Object.keys(WIDGETS);

export function widgetOf(schema: Schema): ComponentType<FieldProps> {
  return WIDGETS[(schema['x-widget'] ?? '').split(':')[0] ?? ''] ?? JsonField;
}
