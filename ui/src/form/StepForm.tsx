/** The form of a step, loaded when the first one is opened. */

import { lazy, Suspense } from 'react';
import { FormSkeleton } from './FormSkeleton';
import type { StepFormProps } from './NodeForm';

const NodeForm = lazy(() => import('./NodeForm'));

export function StepForm(props: StepFormProps) {
  return (
    <Suspense fallback={<FormSkeleton />}>
      <NodeForm key={props.node.id} {...props} />
    </Suspense>
  );
}
