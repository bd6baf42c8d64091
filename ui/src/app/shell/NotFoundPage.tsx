/** An address without a page. */

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Notice } from '../../ui/Notice';
import { usePageTitle } from '../../ui/usePageTitle';
import { words } from '../words';
import { TopBar } from './TopBar';

export function NotFoundPage() {
  usePageTitle(words.notFound.title);
  return (
    <>
      <TopBar />
      <main id="content">
        <Notice title={words.notFound.title} text={words.notFound.text}>
          <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
            {words.notFound.back}
          </Button>
        </Notice>
      </main>
    </>
  );
}
