/**
 * Where a run was started, as absolute paths. Each is present only if the caller of `start` gave
 * it.
 */
export interface StartedFrom {
  /** The working directory. The programs of the run's agents run in it. */
  readonly directory?: string;
  /** The workflow file. The run keeps the content that the file had; the file may have changed. */
  readonly file?: string;
  /** The agents file in use. Unlike the workflow file, it is read again when the run is resumed. */
  readonly agentsFile?: string;
}

/** The run that another run was forked from. */
export interface ForkedFrom {
  /** The id of that run. */
  readonly runId: string;
  /** The last of its journal entries that the fork began with. */
  readonly seq: number;
  /** The checkpoint that it was forked from; absent if it was forked as it was. */
  readonly checkpointId?: string;
}

/** What the column `started_from` contains. */
export type StoredOrigin = StartedFrom & { readonly fork?: ForkedFrom };

/** The names of the paths, in the order in which they are stored. */
const PATHS = ["directory", "file", "agentsFile"] as const;

/** Returns only the known paths; undefined if there are none. */
export function startedFromOf(given: StartedFrom | undefined): StartedFrom | undefined {
  const paths = PATHS.flatMap((name) => {
    const path = given?.[name];
    return path === undefined ? [] : [[name, path] as const];
  });
  return paths.length === 0 ? undefined : Object.fromEntries(paths);
}

/** Whether stored data has the shape of a `StoredOrigin`. */
export function isStoredOrigin(value: object): value is StoredOrigin {
  const { fork, ...paths }: { readonly [Name in (typeof PATHS)[number] | "fork"]?: unknown } =
    value;
  return (
    PATHS.every((name) => paths[name] === undefined || typeof paths[name] === "string") &&
    (fork === undefined || isForkedFrom(fork))
  );
}

function isForkedFrom(value: unknown): boolean {
  const { runId, seq, checkpointId }: { readonly [Name in keyof ForkedFrom]?: unknown } =
    typeof value === "object" && value !== null ? value : {};
  return (
    typeof runId === "string" &&
    typeof seq === "number" &&
    (checkpointId === undefined || typeof checkpointId === "string")
  );
}
