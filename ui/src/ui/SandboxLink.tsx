/** Where everything that was sent lies, as long as the sandbox stands in for real providers. */

import { IconMailbox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { catalogueQuery } from '../api/drafting';
import { words } from '../app/words';
import './ui.css';

export function SandboxLink({ className = 'sandbox-link' }: { className?: string }) {
  const { data } = useQuery(catalogueQuery);
  if (!data?.sandbox_url) return null;
  return (
    <a
      className={className}
      href={data.sandbox_url}
      target="_blank"
      rel="noreferrer"
      aria-label={words.sandbox.open}
      title={words.sandbox.title}
    >
      <IconMailbox size={15} stroke={1.75} aria-hidden="true" />
      <span>{words.sandbox.open}</span>
    </a>
  );
}
