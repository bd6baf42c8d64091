/** The bar on top of every page: the mark, what the page puts there, language and colours. */

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { words } from '../words';
import { LanguageChoice } from './LanguageChoice';
import { Mark } from './Mark';
import { SchemeToggle } from './SchemeToggle';
import './shell.css';

interface TopBarProps {
  children?: ReactNode;
  /** Only the mark, for pages that need the room. */
  compact?: boolean;
}

export function TopBar({ children, compact = false }: TopBarProps) {
  return (
    <header className="top-bar" data-compact={compact || undefined}>
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <Link to="/" className="top-bar-brand" aria-label={compact ? words.journey.back : words.product}>
        <Mark />
        {!compact && <span>{words.product}</span>}
      </Link>
      {!compact && (
        <nav className="top-bar-nav" aria-label={words.pages.label}>
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            {words.pages.journeys}
          </Link>
          <Link to="/audiences">{words.pages.audiences}</Link>
          <Link to="/connections">{words.pages.connections}</Link>
        </nav>
      )}
      <div className="top-bar-page">{children}</div>
      <div className="top-bar-choices">
        <LanguageChoice />
        <SchemeToggle />
      </div>
    </header>
  );
}
