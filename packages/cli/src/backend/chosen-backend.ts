import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { UsageError } from "../UsageError.js";
import { type Backend, parseBackend, type RemoteBackend } from "./backend-url.js";

/** The flags that say where the runs are. */
export interface BackendOptions {
  readonly db?: string;
  readonly backend?: string;
}

/**
 * The backend of this invocation: `--backend`, else the file of `--db`, else AXW_BACKEND. Undefined
 * if none of them is given.
 *
 * @throws UsageError `invalid_argument` for a malformed URL, and for `--db` beside a backend that
 *   keeps its runs elsewhere
 */
export function chosenBackend(io: CliIo, options: BackendOptions): Backend | undefined {
  const { db, backend } = options;
  if (backend !== undefined) {
    const chosen = parseBackend(backend, "--backend");
    if (db !== undefined && chosen.kind !== "restate") throw both();
    return chosen;
  }
  if (db !== undefined) return { kind: "sqlite", path: db };
  const named = io.env["AXW_BACKEND"] || undefined;
  return named === undefined ? undefined : parseBackend(named, "AXW_BACKEND");
}

/** The backend of this invocation if it is not a file of this machine. */
export function remoteBackend(io: CliIo, options: BackendOptions): RemoteBackend | undefined {
  const chosen = chosenBackend(io, options);
  return chosen === undefined || chosen.kind === "sqlite" ? undefined : chosen;
}

function both(): UsageError {
  return new UsageError(
    "--db and --backend cannot be used together: each says where the runs are.",
    {
      remedy: "Leave out --db. With restate://…, it names the file for the copies of the runs.",
      next: next("read_help", "wrong_usage", { args: [] }),
    },
  );
}
