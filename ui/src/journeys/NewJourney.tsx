/** The way to a new journey. */

import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { words } from '../app/words';

export function NewJourney() {
  return (
    <Button
      className="journeys-new"
      size="sm"
      leftSection={<IconPlus size={16} stroke={2} />}
      renderRoot={(props) => <Link to="/new" {...props} />}
    >
      {words.journeys.create}
    </Button>
  );
}
