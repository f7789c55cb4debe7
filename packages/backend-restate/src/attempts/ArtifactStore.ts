import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { WorkflowError } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/hosting";

/**
 * Keeps large results by their content. All workers must reach the same store: the one that has an
 * agent writes, and the one that performs a later step reads.
 */
export interface ArtifactStore {
  /** Stores a text; durable when it returns. The same text again changes nothing. */
  put(content: string): { readonly sha256: string; readonly bytes: number };
  /** Returns the text with this hash; undefined if it is not stored. */
  get(sha256: string): string | undefined;
}

/** A store in a directory that all workers share. */
export class DirectoryArtifacts implements ArtifactStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  put(content: string): { readonly sha256: string; readonly bytes: number } {
    const found = identify(content);
    const path = this.#pathOf(found.sha256);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return found;
    mkdirSync(join(path, ".."), { recursive: true });
    const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return found;
  }

  get(sha256: string): string | undefined {
    try {
      return readFileSync(this.#pathOf(sha256), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #pathOf(sha256: string): string {
    return join(this.#directory, sha256.slice(0, 2), `${sha256}.json`);
  }
}

/** A store in a database, whose journals refer to the same artifacts. */
export class StoredArtifacts implements ArtifactStore {
  readonly #storage: StoragePort;

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  put(content: string): { readonly sha256: string; readonly bytes: number } {
    const found = identify(content);
    const artifacts = [{ sha256: found.sha256, content }];
    this.#storage.commit({ newRuns: [], artifacts, runs: [], logs: [] });
    return found;
  }

  get(sha256: string): string | undefined {
    return this.#storage.getArtifact(sha256);
  }
}

/** Reads an artifact; throws `internal` if it is missing, or is not what was stored. */
export function readArtifact(store: ArtifactStore, sha256: string): string {
  const content = store.get(sha256);
  if (content !== undefined && identify(content).sha256 === sha256) return content;
  throw new WorkflowError(
    "internal",
    content === undefined
      ? `The artifact ${sha256} is not in the store of this worker.`
      : `The artifact ${sha256} is damaged: its content has another hash.`,
    { remedy: "Give all workers the same directory of artifacts, or the same database." },
  );
}

function identify(content: string): { readonly sha256: string; readonly bytes: number } {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { sha256, bytes: Buffer.byteLength(content) };
}
