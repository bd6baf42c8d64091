/** Saving by itself: soon after every edit, over exactly the revision it was drawn on, and never losing anything. */

import { createStore } from 'zustand/vanilla';
import { asFailure, type Failure } from '../../../api/failure';
import type { Journey, JourneyDetail } from '../../../api/types';
import { isSame } from '../../graph/changes';
import type { Draft } from '../draft';
import type { Mirror } from './mirror';

const AFTER_MS = 800;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 10_000;

/** `away`: the server does not answer; `refused`: it does not take this document; `conflict`: it has a newer one. */
export type SavePhase = 'saved' | 'waiting' | 'saving' | 'away' | 'refused' | 'conflict';

export interface SaveState {
  phase: SavePhase;
  /** When the server last had everything; null: not since the page is open. */
  savedAt: number | null;
  editedAt: number | null;
  failure: Failure | null;
  theirs: JourneyDetail | null;
}

export interface SaverParts {
  draft: Draft;
  saved: { document: Journey; revision: number };
  mirror: Mirror;
  send: (document: Journey, revision: number) => Promise<JourneyDetail>;
  sendOnLeaving: (document: Journey, revision: number) => void;
  onSaved: (detail: JourneyDetail) => void;
}

export class Saver {
  readonly state = createStore<SaveState>(() => ({
    phase: 'saved',
    savedAt: null,
    editedAt: null,
    failure: null,
    theirs: null,
  }));
  private readonly parts: SaverParts;
  private saved: { document: Journey; revision: number };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait = FIRST_RETRY_MS;
  private running: Promise<void> | null = null;

  constructor(parts: SaverParts) {
    this.parts = parts;
    this.saved = parts.saved;
  }

  /** Begin to listen; what an earlier page left unsaved is taken up again. Returns how to stop. */
  start(): () => void {
    const stop = this.parts.draft.store.subscribe((now, before) => {
      if (now.document !== before.document) this.edited();
    });
    if (this.isBehind() && this.state.getState().phase === 'saved') this.edited();
    return () => {
      stop();
      clearTimeout(this.timer);
    };
  }

  get revision(): number {
    return this.saved.revision;
  }

  isBehind(): boolean {
    return !isSame(this.parts.draft.document(), this.saved.document);
  }

  /** Save what is unsaved now; whether the server has everything afterwards. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.running) await this.running;
    if (this.isBehind() && this.state.getState().phase !== 'conflict') await this.save();
    return !this.isBehind();
  }

  /** The page is being left: one last try that outlives it. */
  leave(): void {
    const { phase } = this.state.getState();
    if (phase !== 'conflict' && !this.running && this.isBehind())
      this.parts.sendOnLeaving(this.parts.draft.document(), this.saved.revision);
  }

  /** Somebody else saved meanwhile: without edits here theirs is simply taken, otherwise both are shown. */
  meet(theirs: JourneyDetail): void {
    if (theirs.revision <= this.saved.revision || this.running) return;
    if (isSame(theirs.document, this.parts.draft.document())) this.settle(theirs);
    else if (this.isBehind()) this.quarrel(theirs);
    else this.takeTheirs(theirs);
  }

  /** What an earlier page left was drawn on an older draft than the server has now. */
  meetAgain(theirs: JourneyDetail): void {
    this.quarrel(theirs);
  }

  /** The journey is gone: nothing here is to be saved any more. */
  forget(): void {
    clearTimeout(this.timer);
    this.saved = { ...this.saved, document: this.parts.draft.document() };
    this.parts.mirror.clear();
  }

  takeTheirs(theirs: JourneyDetail | null = this.state.getState().theirs): void {
    if (!theirs) return;
    clearTimeout(this.timer);
    this.saved = { document: theirs.document, revision: theirs.revision };
    this.parts.draft.reset(theirs.document);
    this.settle(theirs);
  }

  async overwriteTheirs(): Promise<void> {
    const { theirs } = this.state.getState();
    if (!theirs) return;
    this.saved = { document: theirs.document, revision: theirs.revision };
    await this.save();
  }

  private edited(): void {
    if (this.state.getState().phase === 'conflict') {
      this.keep();
      return;
    }
    if (!this.isBehind()) {
      clearTimeout(this.timer);
      this.parts.mirror.clear();
      this.state.setState({ phase: 'saved', failure: null });
      return;
    }
    this.keep();
    this.state.setState({ phase: 'waiting', editedAt: Date.now(), failure: null });
    this.later(AFTER_MS);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  private keep(): void {
    const { revision } = this.saved;
    this.parts.mirror.write({ revision, document: this.parts.draft.document(), at: Date.now() });
  }

  private async save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.running) {
      this.later(AFTER_MS);
      return;
    }
    this.running = this.attempt();
    await this.running;
    this.running = null;
    if (this.state.getState().phase === 'saving') this.later(0);
  }

  private async attempt(): Promise<void> {
    const document = this.parts.draft.document();
    this.state.setState({ phase: 'saving' });
    try {
      this.settle(await this.parts.send(document, this.saved.revision), document);
    } catch (thrown) {
      this.failed(asFailure(thrown), document);
    }
  }

  /** The server has `document`; edits made while it was on its way stay to be saved. */
  private settle(detail: JourneyDetail, document: Journey = detail.document): void {
    this.wait = FIRST_RETRY_MS;
    this.saved = { document, revision: detail.revision };
    const done = !this.isBehind();
    if (done) this.parts.mirror.clear();
    else this.keep();
    const phase = done ? 'saved' : 'saving';
    this.state.setState({ phase, savedAt: Date.now(), failure: null, theirs: null });
    this.parts.onSaved(detail);
  }

  private failed(failure: Failure, document: Journey): void {
    const theirs = failure.status === 412 ? (failure.current as JourneyDetail | null) : null;
    if (theirs && isSame(theirs.document, document)) {
      // An earlier try arrived after all, only its answer was lost.
      this.settle(theirs, document);
    } else if (theirs) {
      this.quarrel(theirs);
    } else if (failure.kind === 'user') {
      this.state.setState({ phase: 'refused', failure });
    } else {
      this.keep();
      this.state.setState({ phase: 'away', failure });
      this.later(this.wait);
      this.wait = Math.min(LAST_RETRY_MS, this.wait * 2);
    }
  }

  private quarrel(theirs: JourneyDetail): void {
    clearTimeout(this.timer);
    this.keep();
    this.state.setState({ phase: 'conflict', theirs, failure: null });
  }
}
