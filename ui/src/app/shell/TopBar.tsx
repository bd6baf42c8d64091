/** The bar on top of every page: the mark, what the page puts there, language and colours. */

import { IconSettings } from '@tabler/icons-react';
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
          <Link to="/runs">{words.pages.runs}</Link>
          <Link to="/connections">{words.pages.connections}</Link>
          <Link to="/sources">{words.pages.sources}</Link>
        </nav>
      )}
      <div className="top-bar-page">{children}</div>
      <div className="top-bar-choices">
        {!compact && (
          <Link
            to="/settings"
            className="bar-choice"
            aria-label={words.pages.settings}
            title={words.pages.settings}
          >
            <IconSettings size={18} stroke={1.75} aria-hidden="true" />
          </Link>
        )}
        <LanguageChoice />
        <SchemeToggle />
      </div>
    </header>
  );
}
