/** Every word of data sources, in English. */

export const words = {
  title: 'Data sources',
  loading: 'Looking into the lakehouse',
  failed: 'The data sources could not be looked at',
  empty: 'No tables yet',
  emptyText:
    'Sojourn reads what exists from a source model: which table holds customers, and what joins them.',
  emptyFile: 'Its file:',
  summary: (tables: number, troubled: number) =>
    `${tables === 1 ? '1 table' : `${tables} tables`}${
      troubled > 0 ? `, ${troubled} with something to mend` : ''
    }`,
  from: 'From',
  zone: 'Days and clock times in',
  checked: 'Looked at',
  again: 'Look again',
  model: 'The source model',
  role: {
    customers: 'Customers',
    related: 'What they did',
    consent: 'Consent',
  } as Record<string, string>,
  related: { one: 'More about them', many: 'What they did' },
  view: 'View',
  scores: 'Scores',
  rows: (count: number, said: string) => `${said} ${count === 1 ? 'row' : 'rows'}`,
  unknownRows: 'Not readable',
  newest: 'newest',
  noNewest: 'no rows yet',
  join: {
    customers: (key: string) => `one row per customer, by ${key}`,
    one: (key: string) => `joins customers by ${key}, at most one row each`,
    many: (key: string) => `joins customers by ${key}, any number of rows each`,
  },
  columns: (count: number) => (count === 1 ? '1 column' : `${count} columns`),
  column: { name: 'Column', type: 'Type', uses: 'Used as', comment: 'About it' },
  use: {
    key: 'key',
    hidden: 'personal',
    time_zone: 'time zone',
    country: 'country',
    happened_at: 'when it happened',
    score: 'score',
    purpose: 'purpose',
    granted: 'granted',
  } as Record<string, string>,
  contact: (kind: string) => `contact: ${kind}`,
  personal: 'Personal: it is shown to nobody who does not ask for it.',
};

export type Words = typeof words;
