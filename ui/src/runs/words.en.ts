/** Every word of runs, in English. */

export const words = {
  title: 'Runs',
  loading: 'Loading runs',
  failed: 'The runs could not be loaded',
  empty: 'Nothing has run yet',
  emptyText: 'A journey runs from when it is started until it is stopped or everybody is through.',
  toJourneys: 'See all journeys',
  summary: (count: number, running: number) =>
    `${count === 1 ? '1 run' : `${count} runs`}${running > 0 ? `, ${running} under way` : ''}`,
  columns: {
    journey: 'Journey',
    status: 'Status',
    inside: 'Inside now',
    entered: 'Entered',
    sent: 'Sent',
    next: 'Next wave',
    started: 'Started',
    temporal: 'Temporal',
  },
  version: (version: number) => `Version ${version}`,
  wave: (wave: string) => `wave ${wave}`,
  ended: 'ended',
  deleted: 'The journey is deleted',
  open: 'Open',
  openOf: (name: string) => `Open the run of ${name} in Temporal`,
  none: '–',
};

export type Words = typeof words;
