import { type BackendOptions, chosenBackend } from "../backend/chosen-backend.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { UsageError } from "../UsageError.js";
import type { Finding } from "./doctor/Finding.js";
import { findingAsJson, renderFindings } from "./doctor/render-findings.js";

interface CheckOptions extends BackendOptions {
  readonly json?: boolean;
}

/**
 * Checks a backend and its workers. The exit code is `database` if it does not answer, `failed` if
 * it has another error, and `invalid` if workers or agents are missing that its runs need.
 */
export async function backendCheck(
  io: CliIo,
  url: string | undefined,
  { json = false, ...flags }: CheckOptions,
): Promise<ExitCode> {
  const options = withUrl(url, flags);
  const findings = await check(io, options);
  if (json)
    for (const finding of findings)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...findingAsJson(io, finding, options) });
  else renderFindings(io, findings, options);
  renderNext(io.stderr, lineAfter(io, options, findings), options);
  return exitCodeOf(findings);
}

/** What to do next. A check that has failed is repeated only after something has been done. */
function lineAfter(io: CliIo, options: BackendOptions, findings: readonly Finding[]): NextLine {
  const errors = findings.filter(({ status }) => status === "error");
  if (errors.length === 0) return next("list_runs", "checked", undefined);
  const backend = chosenBackend(io, options);
  if (backend === undefined || backend.kind === "sqlite")
    return next("inspect_database", "unusable", undefined);
  const remark = errors.some(({ what }) => what === "backend")
    ? REMARKS[backend.kind]
    : "after fixing what is listed above";
  return next("check_backend_again", "unusable", { remark });
}

/** What must be done before a backend that did not answer is checked again. */
const REMARKS = {
  postgres: "after starting PostgreSQL there, or with the right URL: postgres://USER@HOST/DATABASE",
  restate: "after starting Restate there, or with the right ports: restate://HOST:8080?admin=9070",
} as const;

async function check(io: CliIo, options: BackendOptions): Promise<Finding[]> {
  const backend = chosenBackend(io, options);
  switch (backend?.kind) {
    case "postgres": {
      const { checkPostgres } = await import("../backend/check-postgres.js");
      return checkPostgres(backend);
    }
    case "restate": {
      const { checkRestate } = await import("../backend/check-restate.js");
      return checkRestate(io, backend);
    }
    default: {
      const { inspectDatabase } = await import("./doctor.js");
      return inspectDatabase(io, options);
    }
  }
}

function withUrl(url: string | undefined, options: BackendOptions): BackendOptions {
  if (url === undefined) return options;
  if (options.backend === undefined) return { ...options, backend: url };
  throw new UsageError("The backend is given twice: as an argument and with --backend.", {
    remedy: "Leave one of them out.",
    next: next("read_help", "wrong_usage", { args: ["backend"] }),
  });
}

function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const errors = findings.filter(({ status }) => status === "error");
  if (errors.some(({ what }) => what === "backend" || what === "database"))
    return ExitCode.database;
  if (errors.length > 0) return ExitCode.failed;
  return findings.some(({ status }) => status === "missing") ? ExitCode.invalid : ExitCode.ok;
}
