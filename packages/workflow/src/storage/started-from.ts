/** Where a run was started. Each field is present only if the caller of `start` gave it. */
export interface StartedFrom {
  /** The working directory, as an absolute path. The programs of the run's agents run in it. */
  readonly directory?: string;
  /**
   * The absolute path of the workflow file. The run keeps the content that the file had; the file
   * may have changed.
   */
  readonly file?: string;
  /**
   * The absolute path of the agents file in use. Unlike the workflow file, it is read again when
   * the run is resumed.
   */
  readonly agentsFile?: string;
  /**
   * The span in which the run was started, as the value of a W3C `traceparent` header. The run then
   * belongs to that trace, also after another process has resumed it.
   */
  readonly traceparent?: string;
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

/** The names of the fields, in the order in which they are stored. */
const FIELDS = ["directory", "file", "agentsFile", "traceparent"] as const;

/** Returns only the known fields; undefined if there are none. */
export function startedFromOf(given: StartedFrom | undefined): StartedFrom | undefined {
  const fields = FIELDS.flatMap((name) => {
    const field = given?.[name];
    return field === undefined ? [] : [[name, field] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** Whether stored data has the shape of a `StoredOrigin`. */
export function isStoredOrigin(value: object): value is StoredOrigin {
  const { fork, ...fields }: { readonly [Name in (typeof FIELDS)[number] | "fork"]?: unknown } =
    value;
  return (
    FIELDS.every((name) => fields[name] === undefined || typeof fields[name] === "string") &&
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
