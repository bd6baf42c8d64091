/** Every word the pages say, in English. */

import type { RunAction } from '../api/queries';
import type { Status } from '../api/types';

const status: Record<Status, string> = {
  draft: 'Draft',
  published: 'Published',
  live: 'Live',
  paused: 'Paused',
  stopped: 'Stopped',
  finished: 'Finished',
};

const action: Record<RunAction, string> = { start: 'Start', pause: 'Pause', resume: 'Resume', stop: 'Stop' };

const doing: Record<RunAction, string> = {
  start: 'Starting',
  pause: 'Pausing',
  resume: 'Resuming',
  stop: 'Stopping',
};

/** Names of outcomes the server uses; an unknown one is shown with its dashes as spaces. */
const outcome: Record<string, (count: number) => string> = {
  accepted: () => 'accepted',
  delivered: () => 'delivered',
  suppressed: () => 'suppressed',
  rejected: () => 'rejected',
  failed: () => 'failed',
  unknown: () => 'unknown',
};

/** Why something was not sent, and what visits ended with, where the server's name does not read well. */
const reason: Record<string, string> = {
  goal: 'goal reached',
  holdout: 'held out',
  missing_date: 'had no such date',
  no_answer: 'no answer from the provider',
  past_date: 'the date had passed',
  render_failed: 'the message could not be filled in',
};

export const words = {
  product: 'Sojourn',
  skip: 'Skip to content',
  pages: {
    label: 'Pages',
    journeys: 'Journeys',
    audiences: 'Audiences',
    runs: 'Runs',
    connections: 'Connections',
    sources: 'Data',
    settings: 'Settings',
  },
  title: (page: string) => `${page} · Sojourn`,
  scheme: { toDark: 'Use dark colours', toLight: 'Use light colours' },
  language: 'Language',
  people: (count: number): string => (count === 1 ? 'person' : 'people'),
  status,
  outcome,
  reason,
  /** Fields of settings whose names do not read well as they are. */
  field: {
    html: 'HTML',
    step: 'Content',
    url: 'URL',
    id: 'ID',
    one_per_address: 'Once per address',
  } as Record<string, string>,
  notFound: {
    title: 'There is nothing at this address',
    text: 'The page may have moved, or the address has a typing error.',
    back: 'See all journeys',
  },
  failure: {
    away: 'Sojourn does not answer.',
    awayFix: 'Check that the server is running (`sojourn dev`) and that you are connected to it.',
    unreadable: (code: number) => `Sojourn answered with an error this page cannot read (${code}).`,
    unreadableFix: 'Reload the page. If it stays, look into the server’s log.',
    unexpected: 'This page ran into an error.',
    retry: 'Try again',
    dismiss: 'Dismiss',
  },
  leave: {
    title: 'Leave without saving?',
    text: 'What you changed has not been saved.',
    leave: 'Leave',
    stay: 'Stay here',
  },
  delete: { keep: 'Keep it', confirm: 'Delete' },
  stale: 'What is shown may be out of date.',
  journeys: {
    title: 'Journeys',
    create: 'New journey',
    loading: 'Loading journeys',
    columns: {
      name: 'Journey',
      owner: 'Owner',
      status: 'Status',
      inside: 'Inside now',
      entered: 'Entered',
      sent: 'Sent',
      converted: 'Converted',
      next: 'Next wave',
      version: 'Version',
      edited: 'Last edit',
    },
    none: '–',
    failed: 'The journeys could not be loaded',
    summary: (journeys: number, live: number) =>
      `${journeys} ${journeys === 1 ? 'journey' : 'journeys'}${live > 0 ? `, ${live} live` : ''}`,
    found: (found: number, all: number) => `${found} of ${all} ${all === 1 ? 'journey' : 'journeys'}`,
    find: 'Find by name',
    everyStatus: 'Every status',
    order: 'Order',
    by: (column: string) => `By ${column.toLowerCase()}`,
    noneFits: 'No journey fits',
    showAll: 'Show all',
    empty: {
      title: 'No journeys yet',
      text: 'A journey says who enters, what they get, how long to wait and where they go next.',
      demo: 'Or see one run on sample data:',
      demoCommand: 'sojourn demo',
      file: 'Or bring one from a file:',
      fileCommand: 'sojourn journey import FILE',
      hint: 'This page shows it as soon as it is there.',
    },
    share: (inside: string, entered: string) => `${inside} of ${entered} are still inside`,
  },
  start: {
    title: 'New journey',
    head: 'Start from',
    empty: 'An empty canvas',
    emptyHint: 'Draw it step by step',
    emptyName: 'Untitled journey',
    steps: (count: number) => (count === 1 ? '1 step' : `${count} steps`),
    use: (name: string) => `Start from ${name}`,
    failed: 'The journey could not be made.',
    loading: 'Loading templates',
  },
  journey: {
    back: 'All journeys',
    loading: 'Loading the journey',
    failed: 'This journey could not be loaded',
    missing: 'This journey does not exist',
    missingFix: 'It may have been deleted, or the address has a typing error.',
    version: (version: number) => `Version ${version}`,
    draft: 'Never published',
    mode: { label: 'View', draft: 'Draft', live: 'Live' },
    workflow: 'Open the run in Temporal',
    empty: 'This journey has no steps yet.',
    actions: action,
    doing,
    failedAction: (name: RunAction) => `${doing[name]} did not work.`,
    stop: {
      title: 'Stop this journey?',
      text: (inside: string, count: number) =>
        count === 0
          ? 'Nobody is inside right now. Nobody will enter any more.'
          : `${inside} ${count === 1 ? 'person is' : 'people are'} inside. Their visits end at once, and nobody enters any more.`,
      warning: 'This cannot be undone.',
      confirm: 'Stop the journey',
      cancel: 'Keep it running',
    },
    stats: {
      label: 'Counts of the whole journey',
      entered: (count: number): string => (count === 1 ? 'person entered' : 'people entered'),
      inside: 'Inside now',
      ended: 'Ended',
      refused: 'Not let in',
      nextDue: 'Next move',
      asOf: 'Counted',
      wave: (wave: string) => `wave ${wave}`,
      nothingDue: 'Nothing is due',
      noRun: 'Not started yet',
      noRunHint: 'Counts appear here once the journey runs.',
    },
    live: {
      connecting: 'Connecting',
      live: 'Live counts',
      away: 'Not live',
      done: 'Final counts',
      idle: 'Final counts',
      hint: {
        connecting: 'Opening the line to the server.',
        live: 'Counts arrive as they change.',
        away: 'Counts do not arrive by themselves right now; this page keeps trying.',
        done: 'The run is over; these are its final counts.',
        idle: 'There is no run to count.',
      },
    },
    awayBanner: 'Sojourn does not answer.',
    awayBannerTail: (time: string) => `These are the counts from ${time}. Trying again by itself.`,
    awayBannerNoTime: 'Trying again by itself.',
  },
  publishPeople: {
    title: 'People inside',
    asking: 'Counting who is inside…',
    failed: 'Who is inside could not be counted.',
    inside: (count: string, many: number, version: number) =>
      many === 0
        ? `Nobody is inside version ${version}, which is under way.`
        : `${count} ${many === 1 ? 'person is' : 'people are'} inside version ${version}, which is under way.`,
    deleted: 'deleted in this draft',
    lost: (count: string, many: number) =>
      `${count} ${many === 1 ? 'of them is at a step' : 'of them are at steps'} this draft does not have any more.`,
  },
  canvas: {
    label: 'The journey, step by step',
    lines: 'Line',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show everything',
    controls: 'Zoom',
    minimap: 'Overview',
    stepHelp: 'Enter opens the step. Arrow keys go along the journey.',
    lineHelp: 'A line between two steps.',
    here: 'here',
    ended: (_count: number) => 'ended',
    due: {
      start: (when: string) => `Next look ${when}`,
      here: (when: string) => `Next due ${when}`,
    },
    line: (from: string, to: string) => `From ${from} to ${to}`,
    step: {
      position: (index: number, total: number) => `step ${index} of ${total}`,
      here: (count: string, one: boolean) => `${count} ${one ? 'person' : 'people'} here`,
      ended: (count: string, one: boolean) => `${count} ${one ? 'person' : 'people'} ended here`,
      outcome: (count: string, name: string) => `${count} ${name}`,
    },
  },
  sandbox: {
    open: 'Sandbox inbox',
    title: 'What was sent, in the sandbox that stands in for real providers',
  },
  changed: {
    name: 'Name',
    before: 'Before',
    after: 'Now',
  },
  inspector: {
    close: 'Close',
    settings: 'Settings',
    noSettings: 'This step has no settings.',
    counts: 'People',
    arrived: 'Arrived',
    left: 'Moved on',
    here: 'Here now',
    due: {
      start: 'Looks for people again',
      here: 'Next due',
    },
    outcomes: 'Deliveries',
    reasons: 'Why not accepted',
    endings: 'Ended here',
    since: 'What happened since',
    events: {
      delivered: 'Delivered',
      opened: 'Opened (unreliable)',
      clicked: 'Clicked',
      unsubscribed: 'Unsubscribed',
      complained: 'Complained about',
      soft_bounced: 'Came back for now',
      bounced: 'Came back',
    } as Record<string, string>,
    ofAccepted: (percent: string) => `${percent} of those accepted`,
    ways: 'Ways on',
    waysNone: 'Nothing follows.',
    next: 'Next',
    yes: 'Yes',
    no: 'No',
    nothing: 'empty',
    group: (kind: string) => `${kind} of`,
    share: (percent: string) => `${percent} of everybody who arrived`,
  },
};

export type Words = typeof words;
