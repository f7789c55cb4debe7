import { WorkflowError, type WorkflowErrorCode } from "@automatosx/workflow/errors";
import { brokenOrder, leaseLost, runExists, runNotFound } from "@automatosx/workflow/storage";

/** What is known of an error of PostgreSQL, or of its connection. Threads can exchange it. */
export interface ServerError {
  /** The SQLSTATE, or the code of an error of the network. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

/** Errors that mean the same to a caller. */
interface ErrorClass {
  readonly codes: RegExp;
  readonly code: WorkflowErrorCode;
  readonly says: string;
  readonly remedy: string;
}

/** The SQLSTATE of the errors that `axw.commit` raises. */
const OWN = "AXW00";

/** The code of an error that this package gives to a connection that does not answer. */
export const NO_ANSWER = "AXW_NO_ANSWER";

/** The code of an error that is neither the server's nor the network's. */
const DEFECT = "AXW_DEFECT";

/** The code of the errors of the driver when it agrees with the server on a password. */
const PASSWORD = "AXW_PASSWORD";

/** The code of an error of the driver when the server does not offer TLS. */
const TLS = "AXW_TLS";

/** The errors for which the driver has no code. */
const NAMELESS: readonly (readonly [RegExp, string])[] = [
  [/^SASL\b|password must be a string/i, PASSWORD],
  [/does not support SSL|error establishing an SSL/i, TLS],
];

/** The driver has no code for a connection that has ended. */
const ENDED = /connection|terminated|timeout|socket|stream|not queryable/i;

/** The cause of the error for a copy of a run that another process has just changed. */
export const COPY_CHANGED = "copy_changed";

// An error of TLS, or of a setting, does not pass by itself.
const NETWORK =
  /^(E(?!RR_(TLS|SSL|OSSL|INVALID))[A-Z_]+|AXW_NO_ANSWER|08...|57P0[1-5]|53300|25006)$/;

// Classes, because a server that restarts, fails over or has no connection left is the same to a
// caller: it answers again in some seconds.
const CLASSES: readonly ErrorClass[] = [
  {
    codes: NETWORK,
    code: "database_busy",
    says: "does not answer",
    remedy: "Try again. If it stays away, check that the server runs and can be reached from here.",
  },
  {
    codes: /^(40001|40P01|55P03|57014)$/,
    code: "database_busy",
    says: "is busy",
    remedy: "Try again. If it stays busy, look for long transactions in pg_stat_activity.",
  },
  {
    codes: /^53100$/,
    code: "database_full",
    says: "cannot grow: its disk is full",
    remedy: "Free some space on the server, then resume the run.",
  },
  {
    codes: /^53...$/,
    code: "database_busy",
    says: "is short of resources",
    remedy: "Try again. If it stays so, give the server more memory or connections.",
  },
  {
    codes: /^(2[23]...|AXW_DEFECT)$/,
    code: "internal",
    says: "refused an invalid row",
    remedy:
      "This is a bug in the engine, not in your workflow: please report it with this message. " +
      "Nothing was written.",
  },
  {
    codes: /^(28...|AXW_PASSWORD)$/,
    code: "database_unusable",
    says: "refuses this user",
    remedy:
      "Check the user and the password. Give the password in PGPASSWORD, in ~/.pgpass, or in the " +
      "URL, as postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
  },
  {
    codes: /^3D000$/,
    code: "database_unusable",
    says: "cannot be opened",
    remedy: "Check the name of the database in the URL, or create it with createdb.",
  },
  {
    codes: /^(42501|0LP01)$/,
    code: "database_unusable",
    says: "refuses this user",
    remedy:
      "The user needs the right to create a schema in this database, or all rights in its " +
      "schema axw.",
  },
  {
    codes: /^(AXW_TLS|ERR_(TLS|SSL|OSSL)_.*|.*CERT.*|UNABLE_TO_VERIFY.*)$/,
    code: "database_unusable",
    says: "cannot be reached with TLS",
    remedy:
      "Check sslmode in the URL, and the certificate of the server: sslrootcert=FILE names the " +
      "authority that signed it.",
  },
  {
    codes: /^(3F000|42...)$/,
    code: "database_unusable",
    says: "has other tables than this version needs",
    remedy: "Open the database again with the version of this package that migrated it.",
  },
];

const OTHER: Omit<ErrorClass, "codes"> = {
  code: "database_unusable",
  says: "cannot be used",
  remedy: "Check the log of the server.",
};

/** Whether the connection is broken, or its server does not take part in it any more. */
export function isLostConnection({ code }: ServerError): boolean {
  return NETWORK.test(code);
}

/** Whether the same statement, sent again at once, may succeed. */
export function isCollision({ code }: ServerError): boolean {
  return code === "40001" || code === "40P01";
}

/** Whether the same statement may succeed later: there is no room, memory or lock for it now. */
export function isShortage({ code }: ServerError): boolean {
  return /^(53...|55P03|57014|58030)$/.test(code);
}

/** Returns what is known of a caught error. */
export function describeError(error: unknown): ServerError {
  const { code, message, detail, errors } = error as Partial<ServerError> & {
    readonly errors?: readonly unknown[];
  };
  // Several addresses of one host were tried.
  if (code === undefined && errors?.[0] !== undefined) return describeError(errors[0]);
  return {
    code: code ?? codeOf(String(message)),
    message: message ?? String(error),
    ...(typeof detail === "string" && { detail }),
  };
}

function codeOf(message: string): string {
  const [, code] = NAMELESS.find(([pattern]) => pattern.test(message)) ?? [];
  return code ?? (ENDED.test(message) ? NO_ANSWER : DEFECT);
}

/** Returns the `WorkflowError` for an error of a server. */
export function toWorkflowError(
  { name, readOnly }: { readonly name: string; readonly readOnly: boolean },
  error: ServerError,
): WorkflowError {
  if (error.code === OWN) return toOwnError(error);
  // A server that has become a standby, unless the caller wanted to read only.
  if (error.code === "25006" && readOnly) return readsOnly(name, error);
  const found = CLASSES.find(({ codes }) => codes.test(error.code)) ?? OTHER;
  const detail = error.detail === undefined ? "" : ` ${error.detail}`;
  const runId = found.code === "internal" ? runIdIn(error.detail) : undefined;
  return new WorkflowError(
    found.code,
    `The database ${name} ${found.says}: ${error.message}.${detail} (${error.code})`,
    {
      remedy: found.remedy,
      ...(runId !== undefined && { runId }),
      ...(found.code === "database_unusable" && { suggestion: { action: "read_help" as const } }),
    },
  );
}

function readsOnly(name: string, { message }: ServerError): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `The database ${name} was opened for reading only: ${message}.`,
    { remedy: "Open it for writing." },
  );
}

// The key of a row, as PostgreSQL describes it: "Key (run_id, seq)=(r1, 2) already exists."
function runIdIn(detail: string | undefined): string | undefined {
  return /^Key \(run_id[^)]*\)=\(([^,)]+)/.exec(detail ?? "")?.[1];
}

// The errors that `axw.commit` raises: see migration 017.
function toOwnError({ message, detail = "{}" }: ServerError): WorkflowError {
  const {
    runId = "",
    epoch = 0,
    ownEpoch = 0,
    seq = 0,
    last = 0,
    checkpointIds = [],
  } = JSON.parse(detail) as Partial<{
    runId: string;
    epoch: number;
    ownEpoch: number;
    seq: number;
    last: number;
    checkpointIds: readonly string[];
  }>;
  switch (message) {
    case "run_exists":
      return runExists(runId, "was started by another process in the meantime");
    case "run_not_found":
      return runNotFound(runId);
    case "lease_lost":
      return leaseLost(runId, epoch, ownEpoch);
    case "checkpoint_not_found":
      return new WorkflowError(
        "checkpoint_not_found",
        `Checkpoint ${checkpointIds.join(", ")} was removed before run ${runId} could restore it.`,
        { runId, remedy: "Restore another of the run's checkpoints." },
      );
    case COPY_CHANGED:
      return new WorkflowError("database_busy", `The copy of run ${runId} has just changed.`, {
        runId,
        remedy: "Try again.",
        cause: COPY_CHANGED,
      });
    default:
      return brokenOrder(runId, { runId, seq }, last);
  }
}
