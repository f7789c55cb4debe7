import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { findProgram, presetNames, presets } from "@automatosx/agents";
import type { AgentPreset } from "@automatosx/schemas";
import {
  CheckpointManager,
  isQuarantined,
  listRuns,
  openSqliteStorage,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow";
import { type DbOptions, databasePath, isEmpty, shownPath } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { nodeFloorProblem } from "../node-floor.js";
import { ownerState } from "../owner-state.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cleanText } from "../render/clean-text.js";
import { codeOf, renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { count, shortId } from "../render/words.js";

/** One thing looked at; `remedy` for what is not well. */
interface Finding {
  readonly status: "ok" | "warning" | "error" | "missing";
  readonly what: string;
  readonly detail: string;
  readonly remedy?: string;
}

const MOST_RUNS = 100_000;
const SALVAGE = "Restore a backup, or take out what is sound: axw doctor --salvage NEW.db";

/** Looks at everything that a run stands on. Exit code 5 when the database is not well, 2 when Node is not. */
export async function doctor(
  io: CliIo,
  options: DbOptions & { readonly verify?: boolean; readonly json?: boolean },
): Promise<ExitCode> {
  const findings: Finding[] = [
    node(),
    ...database(io, options),
    ...presetNames.map((preset) => program(io, preset)),
  ];
  if (options.json === true)
    for (const finding of findings) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...finding });
  else {
    const rows = findings.map(({ status, what, detail }): Cell[] => [{ status }, what, detail]);
    for (const line of table(io.stdout, ["STATUS", "WHAT", "DETAIL"], rows)) io.stdout.line(line);
    for (const { what, remedy } of findings)
      if (remedy !== undefined) io.stdout.line(`${what}: ${cleanText(io.stdout.asTyped(remedy))}`);
  }
  const ill = findings.filter(({ status }) => status === "error");
  renderNext(
    io.stderr,
    ill.length > 0
      ? `axw doctor${dbFlag(options)}   (once it is mended)`
      : options.verify === true
        ? `axw list${dbFlag(options)}`
        : `axw doctor --verify${dbFlag(options)}`,
  );
  if (ill.length === 0) return ExitCode.ok;
  return ill.every(({ what }) => what === "node") ? ExitCode.invalid : ExitCode.database;
}

function node(): Finding {
  const problem = nodeFloorProblem(process.versions.node);
  return {
    status: problem === undefined ? "ok" : "error",
    what: "node",
    detail: process.versions.node,
    ...(problem !== undefined && { remedy: problem }),
  };
}

function program(io: CliIo, name: AgentPreset): Finding {
  const { program, description, installHint } = presets[name];
  const path = program === undefined ? description : findProgram(program, io.env, io.cwd);
  if (path !== undefined) return { status: "ok", what: `preset ${name}`, detail: path };
  return {
    status: "missing",
    what: `preset ${name}`,
    detail: `\`${program ?? name}\` is not in PATH; ${installHint ?? "install it"}`,
  };
}

function database(io: CliIo, options: DbOptions & { readonly verify?: boolean }): Finding[] {
  const path = databasePath(io, options);
  const shown = shownPath(io, path);
  if (!existsSync(path))
    return [
      {
        status: "ok",
        what: "database",
        detail: `${shown} is not there yet; the first run makes it`,
      },
    ];
  if (isEmpty(path))
    return [
      {
        status: "ok",
        what: "database",
        detail: `${shown} is empty; the first run makes its tables`,
      },
    ];
  try {
    const storage = openSqliteStorage({ path });
    try {
      return [
        ...fileFindings(path, shown),
        ...settings(storage.describe()),
        ...runs(storage, dbFlag(options)),
        ...(options.verify === true ? verify(storage, dbFlag(options)) : []),
      ];
    } finally {
      storage.close();
    }
  } catch (error) {
    return [
      {
        status: "error",
        what: "database",
        detail: `${shown}: ${codeOf(error)}: ${(error as Error).message}`,
        ...remedyOf(error),
      },
    ];
  }
}

function fileFindings(path: string, shown: string): Finding[] {
  const { size, mode } = statSync(path);
  const isOpenToOthers = process.platform !== "win32" && (mode & 0o077) !== 0;
  const file: Finding = {
    status: "ok",
    what: "database",
    detail: `${shown}, ${(size / 1024).toFixed(0)} KB`,
  };
  const rights: Finding = isOpenToOthers
    ? {
        status: "warning",
        what: "permissions",
        detail: `0${(mode & 0o777).toString(8)}: others can read it`,
        remedy: `chmod 600 ${shown}`,
      }
    : { status: "ok", what: "permissions", detail: `0${(mode & 0o777).toString(8)}` };
  return [file, rights, ...folderFindings(dirname(path))];
}

// SQLite writes its log beside the file.
function folderFindings(folder: string): Finding[] {
  try {
    accessSync(folder, constants.W_OK);
    return [];
  } catch {
    return [
      {
        status: "error",
        what: "folder",
        detail: `${folder} cannot be written`,
        remedy: `chmod u+w ${folder}`,
      },
    ];
  }
}

function settings({
  sqliteVersion,
  journalMode,
  synchronous,
}: ReturnType<ReturnType<typeof openSqliteStorage>["describe"]>): Finding[] {
  return [
    { status: "ok", what: "sqlite", detail: sqliteVersion },
    journalMode === "wal"
      ? { status: "ok", what: "journal mode", detail: journalMode }
      : {
          status: "error",
          what: "journal mode",
          detail: journalMode,
          remedy: "Keep the database on a local file system: WAL is needed.",
        },
    { status: "ok", what: "synchronous", detail: `${synchronous} (as --durability full runs it)` },
  ];
}

function runs(storage: StoragePort, db: string): Finding[] {
  const counts = Object.entries(storage.countRuns()).filter(([, n]) => n > 0);
  const all: Finding = {
    status: "ok",
    what: "runs",
    detail: counts.map(([status, n]) => `${n} ${status}`).join(", ") || "none yet",
  };
  const left = storage
    .listRuns({ status: "running" })
    .filter((run) => ["gone", "none"].includes(ownerState(run)));
  return [
    all,
    ...left.map(
      (run): Finding => ({
        status: "warning",
        what: `run ${shortId(run.runId)}`,
        detail: isQuarantined(run)
          ? `left alone after ${run.failedRecoveries} failed recoveries: ${run.recoveryError ?? "its engine died each time"}`
          : run.owner === undefined
            ? "no process works on it"
            : `its process ${run.owner.pid} is gone`,
        remedy: `axw resume ${shortId(run.runId)}${db}`,
      }),
    ),
  ];
}

function verify(storage: ReturnType<typeof openSqliteStorage>, db: string): Finding[] {
  const all = listRuns(storage, { limit: MOST_RUNS });
  const damaged = all.flatMap((run) => verifyRun(storage, run.runId));
  const pages = storage
    .checkPages()
    .map(
      (detail): Finding => ({ status: "error", what: "pages", detail, remedy: `${SALVAGE}${db}` }),
    );
  if (damaged.length + pages.length > 0) return [...pages, ...damaged];
  return [
    {
      status: "ok",
      what: "journals",
      detail: `${count(all.length, "run")}, every entry and checkpoint as written`,
    },
  ];
}

function verifyRun(storage: StoragePort, runId: string): Finding[] {
  const what = `run ${shortId(runId)}`;
  try {
    // Twice: the whole journal from its first entry, and the way that a resume takes, over the checkpoints.
    for (const _ of storage.readJournal(runId));
    const { problems } = RunReader.open(storage, runId).catchUp();
    const warnings = problems.map(
      (problem): Finding => ({
        status: "warning",
        what,
        detail: problem.message,
        ...remedyOf(problem),
      }),
    );
    const said = warnings.map(({ detail }) => detail).join();
    const older = new CheckpointManager(storage)
      .listCheckpoints(runId)
      .filter(({ damage, checkpointId }) => damage !== undefined && !said.includes(checkpointId));
    return [
      ...warnings,
      ...older.map(
        ({ checkpointId, damage }): Finding => ({
          status: "warning",
          what,
          detail: `Checkpoint ${checkpointId} is damaged (${damage})`,
        }),
      ),
    ];
  } catch (error) {
    return [{ status: "error", what, detail: (error as Error).message, ...remedyOf(error) }];
  }
}

function remedyOf(error: unknown): { readonly remedy?: string } {
  const { remedy } = error as { remedy?: string };
  return remedy === undefined ? {} : { remedy };
}
