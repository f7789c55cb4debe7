import type {
  NoticeClaim,
  NoticePosition,
  NoticeReceiver,
  NoticeStorage,
} from "../NoticeStorage.js";
import type { NoticeDAO } from "./NoticeDAO.js";

/** How a storage runs a statement. */
export interface Guarded {
  /** The statements, prepared when they are first used. */
  readonly rows: () => NoticeDAO;
  readonly read: <T>(action: () => T) => T;
  /** In one transaction, which is rolled back if `action` returns false. */
  readonly write: <T>(action: () => T) => T;
}

/** The notices in a SQLite file. */
export class SqliteNotices implements NoticeStorage {
  readonly #guarded: Guarded;

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  add(receivers: readonly NoticeReceiver[]): void {
    const { rows, write } = this.#guarded;
    write(() => rows().add(receivers));
  }

  ofRun(runId: string): readonly NoticePosition[] {
    const { rows, read } = this.#guarded;
    return read(() => rows().ofRun(runId));
  }

  unsettled(): readonly NoticePosition[] {
    const { rows, read } = this.#guarded;
    return read(() => rows().unsettled());
  }

  claim(claim: NoticeClaim): boolean {
    const { rows, write } = this.#guarded;
    return write(() => rows().claim(claim));
  }

  release(runId: string, ownerId: string): void {
    const { rows, write } = this.#guarded;
    write(() => rows().release(runId, ownerId));
  }

  record(position: Omit<NoticePosition, "name">): void {
    const { rows, write } = this.#guarded;
    write(() => rows().record(position));
  }
}
