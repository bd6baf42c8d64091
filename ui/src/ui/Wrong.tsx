/** One thing that is wrong, in words, with what mends it. */

import { IconAlertCircle, IconAlertTriangle } from '@tabler/icons-react';
import { sentence } from '../app/format';
import { Prose } from './Prose';
import './page.css';

interface WrongProps {
  text: string;
  fix?: string;
  severity?: 'error' | 'warning';
}

export function Wrong({ text, fix = '', severity = 'error' }: WrongProps) {
  const Icon = severity === 'error' ? IconAlertCircle : IconAlertTriangle;
  const said = [text, fix].filter(Boolean).map((each) => closed(sentence(each)));
  return (
    <div className="wrong" data-severity={severity}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span>
        <Prose text={said.join(' ')} />
      </span>
    </div>
  );
}

function closed(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
