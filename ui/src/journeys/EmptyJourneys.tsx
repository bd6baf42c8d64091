/** Nothing there yet: says how the first journey is made. */

import { words } from '../app/words';
import { Notice } from '../ui/Notice';
import { NewJourney } from './NewJourney';

const { empty } = words.journeys;

export function EmptyJourneys() {
  return (
    <Notice title={empty.title} text={empty.text}>
      <NewJourney />
      <div className="journeys-start">
        <p>{empty.demo}</p>
        <pre>{empty.demoCommand}</pre>
        <p>{empty.file}</p>
        <pre>{empty.fileCommand}</pre>
        <p className="journeys-start-hint">{empty.hint}</p>
      </div>
    </Notice>
  );
}
