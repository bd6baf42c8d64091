/** Every word of settings, in English. */

export const words = {
  title: 'Settings',
  loading: 'Loading settings',
  failed: 'The settings could not be loaded',
  look: {
    title: 'This browser',
    language: 'Language',
    scheme: 'Colours',
    schemes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
  },
  place: {
    title: 'This Sojourn',
    versions: {
      sojourn: 'Sojourn',
      python: 'Python',
      lakehouse: 'Lakehouse',
      temporal_sdk: 'Temporal SDK',
      database: 'App database',
    },
    ledger: 'Ledger’s schema',
    zone: 'Time zone',
    noZone: 'not known: the source model cannot be read',
    temporal: 'Temporal',
    temporalOpen: 'Open Temporal’s pages',
  },
  keys: {
    title: 'Keys of secrets',
    source: {
      file: 'In a file',
      environment: 'In the environment',
      none: 'No key yet: the first secret makes one',
    },
    count: (count: number) => (count === 1 ? '1 key' : `${count} keys`),
    sealed: (count: number) => (count === 1 ? '1 secret is sealed' : `${count} secrets are sealed`),
    none: 'No secret is sealed',
    older: (count: number) =>
      `${count === 1 ? '1 is' : `${count} are`} sealed under an older key. \`sojourn secrets rotate\` seals anew.`,
    unreadable: (count: number) =>
      `${count === 1 ? '1 secret' : `${count} secrets`} cannot be opened by any key. Enter them again, or bring the key back.`,
    good: 'All of them can be opened.',
  },
  audits: {
    title: 'Last audit of each ledger',
    text: 'Every night the rows of each running journey are held against what must be true of them.',
    none: 'No audit yet: the first is tonight, for the journeys that run then. `sojourn verify` asks at once.',
    clean: 'Nothing amiss',
    violations: (count: number) => (count === 1 ? '1 rule is broken' : `${count} rules are broken`),
    broken: (text: string, count: string) => `${text}: ${count} times`,
  },
  variables: {
    title: 'Variables',
    text: 'Set in the environment or in `.env`; in force since Sojourn started.',
    name: 'Variable',
    value: 'Value',
    source: 'From',
    sources: { default: 'Default', environment: 'Environment', file: '.env' },
    empty: 'empty',
  },
};

export type Words = typeof words;
