/** Every word the forms say, in English. */

export const words = {
  loading: 'Loading the form',
  failed: 'The form could not be loaded.',
  retry: 'Try again',
  unknownType: (type: string) => `This server knows no step of type “${type}”.`,
  unknownTypeFix: 'Remove the step, or install the plugin that brings it.',
  name: 'Name',
  optional: 'optional',
  choose: 'Choose…',
  none: 'None',
  yes: 'Yes',
  no: 'No',
  /** Values of choices that do not read well as they are. */
  value: {
    tls: 'TLS',
    starttls: 'STARTTLS',
    monday: 'Mon',
    tuesday: 'Tue',
    wednesday: 'Wed',
    thursday: 'Thu',
    friday: 'Fri',
    saturday: 'Sat',
    sunday: 'Sun',
    finish: 'Finish their way',
    leave: 'Leave',
    high: 'High',
    normal: 'Normal',
    low: 'Low',
    minute: 'Minute',
    hour: 'Hour',
    day: 'Day',
  } as Record<string, string>,
  /** Types of columns. */
  column: {
    text: 'text',
    number: 'number',
    boolean: 'yes or no',
    date: 'date',
    timestamp: 'time',
    other: '',
  },
  list: {
    add: (item: string) => `Add ${item}`,
    item: 'entry',
    remove: (item: string) => `Remove ${item}`,
    up: (item: string) => `Move ${item} up`,
    down: (item: string) => `Move ${item} down`,
    empty: 'Nothing here yet.',
    numbered: (item: string, index: number) => `${item} ${index}`,
  },
  json: { hint: 'As JSON', broken: 'This is not JSON yet; it is kept here until it is.' },
  with: 'Add',
  without: 'Take away',
  moment: (zone: string) => `By your clock: ${zone}`,
  duration: {
    unit: 'Unit',
    units: { minute: 'minutes', hour: 'hours', day: 'days', week: 'weeks' },
  },
  weights: {
    label: 'Name of the arm',
    percent: 'Percent',
    add: 'Add an arm',
    equal: 'Share equally',
    arm: (index: number) => `Arm ${index}`,
    sum: (sum: string) => `Together ${sum} %`,
    left: (rest: string) => `${rest} % are still to be given.`,
    over: (rest: string) => `${rest} % too much.`,
  },
  channel: {
    none: 'No channel of this kind is installed.',
    gone: (name: string) => `${name} (not installed)`,
  },
  connection: {
    none: 'There is no connection for this channel yet.',
    make: 'Make one',
    gone: (name: string) => `${name} (not of this channel)`,
    first: 'Choose a channel first.',
  },
  secret: {
    hint: 'Kept encrypted, or read from where `env:NAME` or `file:PATH` says.',
    set: 'Set, and never shown',
    clearing: 'Cleared with the next save',
    replace: 'Replace',
    replaceOf: (title: string) => `Replace ${title}`,
    clear: 'Clear',
    clearOf: (title: string) => `Clear ${title}`,
    keep: 'Keep what is set',
    keepOf: (title: string) => `Keep what is set for ${title}`,
  },
  liquid: {
    insert: 'Insert a field',
    search: 'Search fields',
    links: 'Links',
    unsubscribe: 'Unsubscribe',
    preferences: 'Choose what to get',
    of: (count: number) => (count === 1 ? '1 field fits' : `${count} fields fit`),
  },
  code: {
    mjml: 'This is MJML: it becomes HTML for every mail program when the journey is published.',
    html: 'Plain text, HTML, or MJML when it begins with `<mjml>`.',
    plain: 'Plain text: a blank line begins a paragraph.',
    layout: 'Begin with a layout',
    heading: 'A heading',
    text: 'Hello, what this is about.',
    button: 'Have a look',
    goTo: (line: string) => `Go to line ${line}`,
  },
  test: {
    title: 'Test send',
    to: 'To',
    hint: 'To an address of your own; only this browser remembers it. Nobody in the journey gets anything.',
    send: 'Send a test',
    connection: 'Choose a connection first.',
    waits: 'The test waits until the message is in order.',
    for: (member: string) => `As customer ${member} gets it.`,
  },
  picker: { search: 'Search', nothing: 'Nothing is called that.' },
  choices: {
    search: 'Search by name',
    choose: 'Choose from the account',
    failed: 'The account could not be asked. It can be typed.',
  },
  rule: {
    edit: 'Edit',
    open: 'Open large',
    done: 'Done',
    everybody: 'Everybody',
  },
  preview: {
    title: 'Preview',
    loading: 'Filling in the message…',
    width: 'Width',
    desktop: 'Desktop',
    phone: 'Phone',
    message: 'Message',
    text: 'Plain text',
    who: 'Customer id',
    show: 'Show this customer',
    another: 'Another customer',
    for: (member: string) => `As customer ${member} gets it`,
    empty: 'Empty for this customer',
    frame: 'The message as it looks',
    broken: 'The preview waits until the message is in order.',
  },
  /** What the server's validation means, by its code; others are shown as they came. */
  problem: {
    missing: () => 'This is missing: fill it in.',
    string_too_short: () => 'This is empty: write something.',
    too_short: ({ minItems = 1 }) => `At least ${minItems} ${minItems === 1 ? 'is' : 'are'} needed.`,
    too_long: ({ maxItems }) => (maxItems ? `At most ${maxItems} are allowed.` : 'This is too long.'),
    string_too_long: ({ maxLength }) =>
      maxLength ? `This is too long: ${maxLength} letters at most.` : 'Too long.',
    greater_than_equal: ({ minimum }) =>
      minimum === undefined ? 'Too small.' : `It must be at least ${minimum}.`,
    less_than_equal: ({ maximum }) =>
      maximum === undefined ? 'Too large.' : `It must be at most ${maximum}.`,
    greater_than: ({ exclusiveMinimum = 0 }) => `It must be more than ${exclusiveMinimum}.`,
    less_than: ({ exclusiveMaximum }) => `It must be less than ${exclusiveMaximum}.`,
    multiple_of: ({ multipleOf }) =>
      multipleOf === 0.01 ? 'Two decimals at most.' : `In steps of ${multipleOf}.`,
    int_parsing: () => 'Write a whole number.',
    int_type: () => 'Write a whole number.',
    int_from_float: () => 'Write a whole number.',
    time_delta_parsing: () => 'Write a length of time.',
    date_from_datetime_parsing: () => 'Choose a day.',
    date_parsing: () => 'Choose a day.',
    time_parsing: () => 'Choose a time of day.',
    datetime_from_date_parsing: () => 'Choose a day and a time.',
    float_type: () => 'Write a number.',
    float_parsing: () => 'Write a number.',
    string_type: () => 'Write something.',
    extra_forbidden: () => 'This setting is not known here: remove it.',
    string_pattern_mismatch: ({ pattern }) =>
      pattern === '^\\d+$' ? 'Only digits.' : pattern === NAME ? NAME_RULE : `It must look like ${pattern}`,
  } as Record<string, (limits: Limits) => string>,
};

export type Words = typeof words;

const NAME = '^[a-z][a-z0-9_]{0,39}$';
const NAME_RULE = 'Small letters, digits and underscores, starting with a letter, 40 at most.';

export interface Limits {
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  pattern?: string;
}
