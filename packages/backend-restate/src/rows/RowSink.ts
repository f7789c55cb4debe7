import { WorkflowError } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import {
  referencedArtifacts,
  type StoragePort,
  type StoredArtifact,
} from "@automatosx/workflow/hosting";
import { type ArtifactStore, readArtifact } from "../attempts/ArtifactStore.js";
import { BACKEND_ID } from "../names.js";
import type { RowPart, StartMessage } from "../wire.js";
import { asWritten } from "./as-written.js";
import { definitionsOf, newRunOf } from "./new-run.js";
import { readStoredParts } from "./stored-parts.js";

/** How long a sink waits before it tries again to write, in ms. */
const RETRY_MS = 500;

interface Feed {
  readonly start: StartMessage;
  parts: RowPart[];
  /** Whether the copy was begun by this process, or by an earlier one. */
  isBegun: boolean;
  /** Why the copy cannot be continued. */
  diverged: string | undefined;
}

/**
 * Writes the rows of runs to a database, outside the journal of the server and on every execution
 * of a segment: a replay writes the same rows again, which changes nothing. Rows that differ are an
 * alarm, and are never overwritten.
 */
export class RowSink {
  readonly #storage: StoragePort;
  readonly #artifacts: ArtifactStore;
  readonly #report: (problem: WorkflowError) => void;
  readonly #feeds = new Map<string, Feed>();
  #timer: NodeJS.Timeout | undefined;

  /** `report` receives each run whose rows differ from its copy. */
  constructor(
    storage: StoragePort,
    artifacts: ArtifactStore,
    report: (problem: WorkflowError) => void,
  ) {
    this.#storage = storage;
    this.#artifacts = artifacts;
    this.#report = report;
  }

  /** Adds a turn, which is written soon. */
  publish(start: StartMessage, part: RowPart): void {
    const feed = this.#feeds.get(start.runId) ?? {
      ...{ start, parts: [], isBegun: false, diverged: undefined },
    };
    this.#feeds.set(start.runId, feed);
    feed.parts.push(part);
    this.#timer ??= setTimeout(() => this.#writeAll(), 0);
  }

  /**
   * Writes what was added for a run. Throws if the database cannot be written. Returns why the copy
   * cannot be continued, if its rows differ.
   */
  flush(runId: string): string | undefined {
    const feed = this.#feeds.get(runId);
    if (feed === undefined) return undefined;
    this.#write(feed);
    this.#feeds.delete(runId);
    return feed.diverged;
  }

  /** Returns the rows after an entry, as far as they fit into one answer. */
  readParts(
    runId: string,
    afterSeq: number,
    limits: { readonly chars: number },
  ): { readonly parts: readonly RowPart[]; readonly hasMore: boolean } {
    return readStoredParts(this.#storage, runId, afterSeq, limits.chars);
  }

  /** Writes everything as far as possible. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writeAll();
    clearTimeout(this.#timer);
  }

  #writeAll(): void {
    this.#timer = undefined;
    for (const feed of this.#feeds.values()) {
      try {
        this.#write(feed);
      } catch {
        // A database that cannot be reached does not hold up a run until the end of the segment.
        this.#timer ??= setTimeout(() => this.#writeAll(), RETRY_MS).unref();
      }
    }
  }

  #write(feed: Feed): void {
    const { start } = feed;
    const { runId } = start;
    while (feed.parts.length > 0 && feed.diverged === undefined) {
      const part = asWritten(merged(feed.parts), this.#artifacts);
      // An artifact that cannot be read now is waited for.
      const artifacts = this.#artifactsOf(part);
      try {
        this.#storage.replicate({
          ...part,
          ...{ runId, backend: BACKEND_ID },
          ...(!feed.isBegun && { newRun: newRunOf(start) }),
          artifacts,
          definitions: feed.isBegun
            ? (part.definitions ?? [])
            : [...definitionsOf(start), ...(part.definitions ?? [])],
        });
      } catch (error) {
        if (!(error instanceof WorkflowError) || !isFinal(error.code)) throw error;
        feed.diverged = messageOf(error);
        this.#report(error);
      }
      feed.isBegun = true;
      feed.parts = [];
    }
    if (feed.diverged !== undefined) feed.parts = [];
  }

  // The rows refer to artifacts, which may be kept elsewhere.
  #artifactsOf({ entries }: RowPart): readonly StoredArtifact[] {
    return entries
      .flatMap(referencedArtifacts)
      .filter((sha256) => this.#storage.getArtifact(sha256) === undefined)
      .map((sha256) => ({ sha256, content: readArtifact(this.#artifacts, sha256) }));
  }
}

// The last two: the database was replaced, and lacks the rows before. A run must not wait for them.
const FINAL: ReadonlySet<string> = new Set([
  "journal_diverged",
  "run_exists",
  "internal",
  "run_not_found",
]);

function isFinal(code: string): boolean {
  return FINAL.has(code);
}

/** One part for several that follow each other. */
function merged(parts: readonly RowPart[]): RowPart {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first as RowPart;
  const run = parts.findLast((part) => part.run !== undefined)?.run;
  return {
    afterSeq: first.afterSeq,
    entries: parts.flatMap(({ entries }) => entries),
    checkpoints: parts.flatMap(({ checkpoints }) => checkpoints ?? []),
    definitions: parts.flatMap(({ definitions }) => definitions ?? []),
    ...(run !== undefined && { run }),
  };
}
