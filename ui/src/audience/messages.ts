/** The messages of the journey that a rule is part of: what happened to them may be asked. */

import { createContext } from 'react';

export interface MessageStep {
  id: string;
  name: string;
}

export const MessagesContext = createContext<readonly MessageStep[]>([]);
