/** Who a rule holds for. */

import type { FieldProps } from '../context';
import { JsonField } from '../fields/JsonField';

export function RuleWidget(props: FieldProps) {
  return <JsonField {...props} />;
}
