import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import {
  type RunEnding,
  type RunHandle,
  WorkflowEngine,
  WorkflowError,
} from "@automatosx/workflow";
import type { RunView } from "@automatosx/workflow/run-view";
import type { ChosenAgents } from "./choose-agents.js";
import { type DbOptions, databasePath, shownPath } from "./database.js";
import { dbFlag } from "./database-flag.js";
import { type ExitCode, exitCodeOfStatus } from "./exit-codes.js";
import { Interrupts } from "./interrupts.js";
import type { CliIo } from "./io.js";
import { JsonView, SCHEMA_VERSION } from "./progress/JsonView.js";
import { LinesView } from "./progress/LinesView.js";
import { LiveView } from "./progress/LiveView.js";
import type { ProgressView } from "./progress/ProgressView.js";
import { renderSummary } from "./render/summary.js";
import { shortId } from "./render/words.js";

export interface DriveOptions extends DbOptions {
  readonly durability: "full" | "process";
  readonly json?: boolean;
  readonly ui?: "live" | "lines";
}

interface Drive {
  readonly io: CliIo;
  readonly options: DriveOptions;
  readonly chosen: ChosenAgents;
  readonly definition: WorkflowDefinition;
  /** Begins or goes on; `afterSeq` is what has been told already. */
  begin(
    engine: WorkflowEngine,
  ): Promise<{ readonly handle: RunHandle; readonly afterSeq: number; readonly greeting: string }>;
}

/** Opens the engine, begins, shows progress until the run has ended or was left, and sums up. */
export async function driveRun(drive: Drive): Promise<ExitCode> {
  const { io, options, chosen } = drive;
  await using engine = await WorkflowEngine.open({
    database: databasePath(io, options),
    durability: options.durability,
    agents: chosen.agents,
    agentFactory: chosen.factory,
  });
  const interrupts = new Interrupts(io, `${chosen.flag}${dbFlag(options)}`);
  try {
    const { handle, afterSeq, greeting } = await drive
      .begin(engine)
      .catch((error: unknown) => Promise.reject(withCommands(error, options)));
    const ending = await watch(drive, interrupts, { handle, afterSeq, greeting });
    if (options.json === true)
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        type: "run_ending",
        ...ending,
        database: databasePath(io, options),
      });
    renderSummary(io, {
      ending,
      steps: handle.steps(),
      database: shownPath(io, databasePath(io, options)),
      flags: options,
      agents: chosen,
    });
    return exitCodeOfStatus(ending.status, interrupts.wasInterrupted);
  } finally {
    interrupts.stop();
  }
}

// The engine's remedy speaks to programs as well; here it is commands that help, and the run has a name.
function withCommands(error: unknown, options: DriveOptions): unknown {
  if (
    !(error instanceof WorkflowError) ||
    error.code !== "run_owned_elsewhere" ||
    error.runId === undefined
  )
    return error;
  const { code, message, runId } = error;
  const [id, db] = [shortId(runId), dbFlag(options)];
  const remedy = `Look on with \`axw events ${id} --follow${db}\`, or hold it there with \`axw pause ${id}${db}\`; once that process has died, this works at once on the same machine.`;
  return new WorkflowError(code, message, { runId, remedy, cause: error });
}

interface Begun {
  readonly handle: RunHandle;
  readonly afterSeq: number;
  readonly greeting: string;
}

async function watch(
  drive: Drive,
  interrupts: Interrupts,
  { handle, afterSeq, greeting }: Begun,
): Promise<RunEnding> {
  const events = handle.events({ afterSeq });
  const view = viewFor(drive, events.view);
  try {
    view.notice(greeting);
    interrupts.attach(handle, (text) =>
      drive.io.stdout.isTty ? view.notice(text) : drive.io.stderr.line(text),
    );
    // A failure of the storage ends both; the ending tells it best.
    const [ending, shown] = await Promise.allSettled([handle.ending, show(events, view)]);
    if (ending.status === "rejected") throw ending.reason;
    if (shown.status === "rejected") throw shown.reason;
    return ending.value;
  } finally {
    view.stop();
  }
}

async function show(events: AsyncIterable<RunEvent>, view: ProgressView): Promise<void> {
  for await (const event of events) view.event(event);
}

function viewFor({ io, options, chosen }: Drive, run: RunView): ProgressView {
  if (options.json === true) return new JsonView(io);
  const isLive =
    options.ui === undefined
      ? io.stdout.isTty && io.env["TERM"] !== "dumb" && !io.env["CI"]
      : options.ui === "live";
  return isLive
    ? new LiveView(io, run, chosen.isSimulated)
    : new LinesView(io.stdout, run, chosen.isSimulated);
}
