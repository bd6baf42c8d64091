/** A short field that is entered is selected whole, so that typing replaces it. */

import { type FocusEvent, type PointerEvent, useRef } from 'react';

/** For an input: the press that enters it selects, later ones place the caret or mark a part as ever. */
export function useSelectWhole() {
  const entering = useRef(false);
  return {
    onFocus: (event: FocusEvent<HTMLInputElement>) => event.currentTarget.select(),
    onPointerDown: (event: PointerEvent<HTMLInputElement>) => {
      entering.current = document.activeElement !== event.currentTarget;
    },
    // The browser has put the caret where it was pressed meanwhile.
    onPointerUp: ({ currentTarget: input }: PointerEvent<HTMLInputElement>) => {
      if (entering.current && input.selectionStart === input.selectionEnd) input.select();
      entering.current = false;
    },
  };
}
