import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { UsageError } from "../UsageError.js";
import type { RemoteBackend } from "./backend-url.js";
import { type BackendOptions, remoteBackend } from "./chosen-backend.js";

/** The flags that say who performs a run. */
export interface LocalOptions {
  /** Whether this process performs the run, although workers could. */
  readonly local?: boolean;
  readonly agents?: string;
}

/**
 * The backend whose workers perform the run of this invocation. Undefined if this process does.
 *
 * @throws UsageError `invalid_argument` for flags that contradict each other
 */
export function performedElsewhere(
  io: CliIo,
  { local = false, agents, ...place }: BackendOptions & LocalOptions,
): RemoteBackend | undefined {
  const remote = remoteBackend(io, place);
  if (remote === undefined) return undefined;
  if (!local) {
    if (agents === undefined) return remote;
    throw new UsageError("--agents chooses agents of this process, but workers perform the run.", {
      remedy:
        "Give the agents to the workers (axw worker --agents FILE), or perform the run in this " +
        "process with --local.",
      next: next("check_backend", "unserved", undefined),
    });
  }
  if (remote.kind === "postgres") return undefined;
  throw new UsageError("--local cannot be used with Restate, which performs its runs itself.", {
    remedy: "Leave it out, or run the workflow without a backend.",
    next: next("read_help", "wrong_usage", { args: ["run"] }),
  });
}
