import { assemble, divide, type StoredValue } from "./large-values.js";
import type { QueueDatabase } from "./QueueDatabase.js";

/** How many digests a process remembers as stored. */
const MAX_REMEMBERED = 10_000;

/** How long a digest is remembered, in ms: less than contents are kept. */
const REMEMBERED_MS = 3_600_000;

/** How many contents are loaded with one statement. */
const LOADED_AT_ONCE = 20;

/** Stores values in jobs, and their large parts by digest, so that each is stored once. */
export class Contents {
  readonly #database: QueueDatabase;
  readonly #known = new Map<string, number>();

  constructor(database: QueueDatabase) {
    this.#database = database;
  }

  /** Returns a value as it is stored in a job. Its large parts are stored by then. */
  async store(value: unknown): Promise<StoredValue> {
    const { stored, contents } = divide(value);
    if (contents.size === 0) return stored;
    await this.#keep(new Map([...contents].map(([sha256, text]) => [sha256, () => text])));
    return stored;
  }

  /** Stores texts by their digests, and reads only those that are not stored yet. */
  keep(texts: ReadonlyMap<string, () => string>): Promise<void> {
    return this.#keep(texts);
  }

  /** Returns a text by its digest; undefined if it has been removed. */
  async text(sha256: string): Promise<string | undefined> {
    const rows = await this.#database.query<{ content: string }>(
      "SELECT content FROM axw_queue.contents WHERE sha256 = $1",
      [sha256],
    );
    return rows[0]?.content;
  }

  /** Returns a value that was stored. Throws if a part of it has been removed. */
  async load(stored: StoredValue): Promise<unknown> {
    const digests = [...new Set((stored.parts ?? []).map(({ sha256 }) => sha256))];
    const contents = new Map<string, string>();
    for (let from = 0; from < digests.length; from += LOADED_AT_ONCE) {
      const rows = await this.#database.query<{ sha256: string; content: string }>(
        "SELECT sha256, content FROM axw_queue.contents WHERE sha256 = ANY($1)",
        [digests.slice(from, from + LOADED_AT_ONCE)],
      );
      for (const { sha256, content } of rows) contents.set(sha256, content);
    }
    return assemble(stored, contents);
  }

  async #keep(contents: ReadonlyMap<string, () => string>): Promise<void> {
    const now = performance.now();
    const unsure = [...contents.keys()].filter(
      (sha256) => (this.#known.get(sha256) ?? -REMEMBERED_MS) + REMEMBERED_MS <= now,
    );
    if (unsure.length === 0) return;
    const present = await this.#database.query<{ sha256: string }>(
      "UPDATE axw_queue.contents SET used_at = now() WHERE sha256 = ANY($1) RETURNING sha256",
      [unsure],
    );
    const stored = new Set(present.map(({ sha256 }) => sha256));
    for (const sha256 of unsure) {
      if (!stored.has(sha256))
        await this.#database.query(
          `INSERT INTO axw_queue.contents (sha256, content) VALUES ($1, $2)
           ON CONFLICT (sha256) DO UPDATE SET used_at = now()`,
          [sha256, contents.get(sha256)?.()],
        );
      this.#known.set(sha256, now);
    }
    if (this.#known.size > MAX_REMEMBERED) this.#known.clear();
  }
}
