import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, presetNames, presets } from "@automatosx/agents";
import type { AgentPreset } from "@automatosx/schemas";
import { openSqliteStorage } from "@automatosx/workflow";
import { salvageDatabase } from "@automatosx/workflow/salvage";
import { remoteBackend } from "../backend/chosen-backend.js";
import {
  type DbOptions,
  databasePath,
  exists,
  hasNoTables,
  isEmpty,
  shownPath,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { freePathBeside } from "../next/free-path.js";
import { nodeFloorProblem } from "../node-floor.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { asCoded, codeOf, renderNext } from "../render/error.js";
import {
  inspectFile,
  inspectFormat,
  inspectNotices,
  inspectRuns,
  inspectSettings,
} from "./doctor/database-findings.js";
import type { Finding } from "./doctor/Finding.js";
import { findingAsJson, renderFindings } from "./doctor/render-findings.js";
import { salvageRemedy, verifyDatabase } from "./doctor/verify-database.js";

export interface DoctorOptions extends DbOptions {
  readonly verify?: boolean;
  readonly json?: boolean;
}

/**
 * Checks everything that runs depend on. The exit code is `database` if the database has an error,
 * and `invalid` if Node is too old.
 */
export async function doctor(io: CliIo, options: DoctorOptions): Promise<ExitCode> {
  const findings: Finding[] = [
    inspectNode(),
    ...(await inspectRunsOf(io, options)),
    ...presetNames.map((preset) => inspectPreset(io, preset)),
  ];
  if (options.json === true)
    for (const finding of findings)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...findingAsJson(io, finding, options) });
  else renderFindings(io, findings, options);
  const errors = findings.filter(({ status }) => status === "error");
  renderNext(io.stderr, lineAfter(io, findings, options), options);
  if (errors.length === 0) return ExitCode.ok;
  return errors.every(({ what }) => what === "node") ? ExitCode.invalid : ExitCode.database;
}

function lineAfter(io: CliIo, findings: readonly Finding[], options: DoctorOptions): NextLine {
  const errors = findings.filter(({ status }) => status === "error");
  if (errors.length > 0 && remoteBackend(io, options)?.kind === "postgres")
    return next("check_backend", "unusable", undefined);
  if (errors.some(({ remedy }) => remedy?.command !== undefined))
    return next("salvage_without_backup", "damaged", { database: salvagedPath(io, options) });
  if (errors.length > 0) return next("inspect_again", "faulty", undefined);
  if (findings.every(({ what }) => what !== "runs"))
    return next("start_run", "no_database", { file: "FILE" });
  return options.verify === true
    ? next("list_runs", "verified", undefined)
    : next("verify_database", "sound", undefined);
}

function salvagedPath(io: CliIo, options: DbOptions): string {
  return freePathBeside(io, options, "salvaged.db");
}

function inspectNode(): Finding {
  const problem = nodeFloorProblem(process.versions.node);
  return {
    status: problem === undefined ? "ok" : "error",
    what: "node",
    detail: process.versions.node,
    ...(problem !== undefined && { remedy: { text: problem } }),
  };
}

function inspectPreset(io: CliIo, name: AgentPreset): Finding {
  const { program, description, installHint } = presets[name];
  const path = program === undefined ? description : findProgram(program, io.env, io.cwd);
  if (path !== undefined) return { status: "ok", what: `preset ${name}`, detail: path };
  return {
    status: "missing",
    what: `preset ${name}`,
    detail: `\`${program ?? name}\` is not on PATH`,
    ...(installHint !== undefined && { remedy: { text: installHint } }),
  };
}

async function inspectRunsOf(io: CliIo, options: DoctorOptions): Promise<readonly Finding[]> {
  const remote = remoteBackend(io, options);
  if (remote?.kind !== "postgres") return inspectDatabase(io, options);
  const { checkPostgres } = await import("../backend/check-postgres.js");
  const remedy = { text: "Restore a backup of the database." };
  return checkPostgres(remote, (storage) =>
    options.verify === true ? verifyDatabase(storage, remedy) : [],
  );
}

/** Checks the database file, its settings and its runs. */
export function inspectDatabase(io: CliIo, options: DoctorOptions): Finding[] {
  try {
    return inspectPath(io, databasePath(io, options), options);
  } catch (error) {
    return [failedDatabase(io, options, error)];
  }
}

function inspectPath(io: CliIo, path: string, options: DoctorOptions): Finding[] {
  const shown = shownPath(io, path);
  const unused = (detail: string): Finding[] => [{ status: "ok", what: "database", detail }];
  if (!exists(io, path)) return unused(`${shown} does not exist yet; the first run creates it`);
  if (isEmpty(path)) return unused(`${shown} is empty; the first run creates its tables`);
  try {
    const storage = openSqliteStorage({ path, readOnly: true });
    try {
      return [
        ...inspectFile(path, shown),
        ...inspectFormat(path),
        ...inspectSettings(storage.describe()),
        ...inspectRuns(storage),
        ...inspectNotices(storage),
        ...(options.verify === true
          ? verifyDatabase(storage, salvageRemedy(salvagedPath(io, options)))
          : []),
      ];
    } finally {
      storage.close();
    }
  } catch (error) {
    if (hasNoTables(error))
      return unused(`${shown} contains no runs: it is a database of another program`);
    return [
      failedDatabase(io, options, error, shown),
      ...(codeOf(error) === "database_newer" ? inspectFormat(path) : []),
    ];
  }
}

function failedDatabase(io: CliIo, options: DbOptions, error: unknown, shown?: string): Finding {
  const { message, remedy, suggestion } = asCoded(error);
  const place = shown === undefined || message.includes(shown) ? "" : `${shown}: `;
  return {
    status: "error",
    what: "database",
    detail: `${place}${codeOf(error)}: ${message}`,
    ...(remedy !== undefined && {
      remedy: {
        text: remedy,
        ...(suggestion?.action === "verify_database" &&
          hasIntactData(databasePath(io, options)) &&
          salvageRemedy(salvagedPath(io, options))),
      },
    }),
  };
}

/**
 * Whether a salvage would find a row of a run. A text file given by mistake contains none.
 */
function hasIntactData(path: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "axw-doctor-"));
  try {
    salvageDatabase({ from: path, to: join(folder, "salvaged.db") });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
