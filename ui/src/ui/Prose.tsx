/** A sentence in which `backticks` mark what to type. */

import { Fragment } from 'react';

interface Part {
  at: number;
  text: string;
  typed: boolean;
}

export function Prose({ text }: { text: string }) {
  return partsOf(text).map((part) =>
    part.typed ? <code key={part.at}>{part.text}</code> : <Fragment key={part.at}>{part.text}</Fragment>,
  );
}

function partsOf(text: string): Part[] {
  let at = 0;
  return text.split('`').map((part, i) => {
    const found = { at, text: part, typed: i % 2 === 1 };
    at += part.length + 1;
    return found;
  });
}
