import type { PreparedWorkflow } from "@automatosx/workflow";
import { everyStep, RUN_STEP_ID } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { agentSteps } from "../agent-steps.js";
import type { DriveOptions } from "../drive-run.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import type { PostgresBackend, RemoteBackend, RestateBackend } from "./backend-url.js";
import { loadPostgres } from "./load-package.js";

/** A run that workers are to perform. */
interface Planned {
  readonly workflow: Pick<PreparedWorkflow, "definition"> & Partial<PreparedWorkflow>;
  /** The workflow file as it was typed; absent if a run is resumed. */
  readonly file?: string;
}

/** The agent that a worker serves if it performs the programs of workflow files. */
export const FILE_AGENTS = RUN_STEP_ID;

/** How many steps of an agent are named. */
const MAX_NAMES = 3;

/**
 * Refuses a run that the workers of a backend cannot perform, before it starts.
 *
 * @throws UsageError `unknown_agent`, unless `queueAnyway` is set; `invalid_definition`
 */
export async function requirePerformers(
  io: CliIo,
  remote: RemoteBackend,
  planned: Planned,
  options: Pick<DriveOptions, "queueAnyway">,
): Promise<void> {
  if (remote.kind === "postgres") return requireWorkers(io, remote, planned, options);
  return requireSupported(io, remote, planned, options);
}

async function requireWorkers(
  io: CliIo,
  remote: PostgresBackend,
  { workflow: { definition } }: Planned,
  { queueAnyway = false }: Pick<DriveOptions, "queueAnyway">,
): Promise<void> {
  if (queueAnyway) return;
  const { listWorkers } = await loadPostgres();
  const workers = await listWorkers(remote.url);
  const served = new Set(workers.flatMap(({ agents }) => Object.keys(agents)));
  if (!workers.some(({ runs }) => runs > 0)) throw noWorker(remote);
  const isFileAllowed = served.has(FILE_AGENTS);
  const used = new Map<string, string[]>();
  for (const { id, agentId } of agentSteps(definition))
    used.set(agentId, [...(used.get(agentId) ?? []), id]);
  const own = [...used.keys()].filter(
    (agentId) => !served.has(agentId) && Object.hasOwn(definition.agents, agentId),
  );
  const programs = [...everyStep(definition.steps)].filter((step) => step.run !== undefined);
  if (!isFileAllowed && (own.length > 0 || programs.length > 0))
    throw programsOfFile(
      own,
      programs.map(({ id }) => id),
    );
  const missing = [...used].filter(
    ([agentId]) => !served.has(agentId) && !served.has("*") && !own.includes(agentId),
  );
  if (missing.length > 0) throw unserved(missing);
}

async function requireSupported(
  io: CliIo,
  remote: RestateBackend,
  { workflow }: Planned,
  { queueAnyway = false }: Pick<DriveOptions, "queueAnyway">,
): Promise<void> {
  // A run that is resumed was supported when it was started.
  if (!("references" in workflow)) return;
  const { openRestate } = await import("./restate-replica.js");
  await using client = await openRestate(io, remote);
  const issues = client
    .validate(workflow as PreparedWorkflow)
    .filter(({ severity }) => severity === "error");
  const [first] = issues;
  if (first === undefined || queueAnyway) return;
  throw new UsageError(first.message, {
    code: "invalid_definition",
    issues,
    next: next("check_backend", "unserved", undefined),
    ...(first.remedy !== undefined && { remedy: first.remedy }),
  });
}

function noWorker({ shown }: PostgresBackend): UsageError {
  return new UsageError(`No worker that performs runs is alive on ${shown}.`, {
    code: "unknown_agent",
    remedy:
      "Start one (axw worker --backend URL --agents FILE), or leave the run in the queue with " +
      "--queue-anyway.",
    next: next("check_backend", "unserved", undefined),
  });
}

function unserved(missing: readonly (readonly [string, readonly string[]])[]): UsageError {
  const names = missing.map(([agentId, steps]) => {
    const more = steps.length > MAX_NAMES ? ", …" : "";
    const shown = steps.slice(0, MAX_NAMES).map(cleanLine).join(", ");
    return `\`${cleanLine(agentId)}\` (for ${shown}${more})`;
  });
  return new UsageError(`No live worker serves ${names.join(", ")}.`, {
    code: "unknown_agent",
    remedy:
      "Start a worker with this agent (axw worker --agents FILE), or leave the run in the queue " +
      "with --queue-anyway.",
    next: next("check_backend", "unserved", undefined),
  });
}

function programsOfFile(own: readonly string[], programs: readonly string[]): UsageError {
  const what = [
    ...(own.length === 0 ? [] : [`the agents ${own.map(cleanLine).join(", ")}`]),
    ...(programs.length === 0 ? [] : [`the programs of ${count(programs.length, "step")}`]),
  ].join(" and ");
  return new UsageError(
    `The workflow file itself defines ${what}, and no worker runs programs of workflow files.`,
    {
      code: "invalid_definition",
      remedy:
        "Define them as agents in the agents files of the workers, or start the workers with " +
        "--allow-file-agents, which lets everyone who can start a run run programs on them.",
      next: next("check_backend", "unserved", undefined),
    },
  );
}
