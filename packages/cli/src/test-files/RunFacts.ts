import {
  latestChildRuns,
  RunReader,
  type StepStatus,
  type StoragePort,
} from "@automatosx/workflow/observe";
import { decodeFile } from "@automatosx/workflow/programs";
import type { RunView } from "@automatosx/workflow/run-view";

/** What is known of one step in a run. */
export interface StepFacts {
  readonly status: StepStatus;
  /** The number of its newest attempt; 0 before the first. */
  readonly attemptNumber: number;
  readonly result?: unknown;
  /** Why it failed, in a sentence. */
  readonly error?: string | undefined;
  /** Why it failed, in the words of a workflow file. */
  readonly reason?: string | undefined;
  /** The files that were kept with its result: their texts by path. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** What a run has used: amounts, launches, and attempts of unknown cost. */
type SettledBudget = Readonly<Record<"usd" | "tokens" | "launches" | "unmetered", number>>;

/** What is known of a run, read from its journal. */
export interface RunFacts {
  readonly status: RunView["status"];
  readonly error?: string | undefined;
  readonly errorCode?: string | undefined;
  /** The outputs of the run, if it has any. */
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
  /** The reason of the stop that ended the run. */
  readonly stopReason?: string | undefined;
  /** Why the run is paused: `asked` if by a person. Undefined if it is not paused. */
  readonly pausedFor?: string | undefined;
  /** The open gates and signals and the unknown steps, by path. */
  readonly waitsFor: readonly string[];
  /** What the run has used. Undefined if it has no budget. */
  readonly budget?: SettledBudget | undefined;
  /** Every step by path; those of a child run below the step that started it. */
  readonly steps: ReadonlyMap<string, StepFacts>;
  /** `PATH started`, `PATH completed`, `PATH failed`, in the order in which they happened. */
  readonly moments: readonly string[];
  /** When the run was started, in ms since the epoch. */
  readonly startedAt: number;
  /** The last entry of the journal. */
  readonly journalSeq: number;
  /** How many entries the journals of its child runs have. */
  readonly childEntryCount: number;
}

/** What an open step without attempts of its own may wait for. */
const WAITS: ReadonlySet<string> = new Set(["gate", "signal", "timer"]);

/** Reads the facts of a run. */
export function readFacts(storage: StoragePort, runId: string): RunFacts {
  const reader = RunReader.open(storage, runId);
  const moments: string[] = [];
  const reasons = new Map<string, string>();
  const files = filesOf(storage, runId);
  for (const event of reader.advance()) {
    switch (event.type) {
      case "step_started":
        moments.push(`${event.stepId} started`);
        break;
      case "step_opened":
        if (WAITS.has(event.kind)) moments.push(`${event.stepId} started`);
        break;
      case "step_completed":
        moments.push(`${event.stepId} completed`);
        break;
      case "step_failed":
        reasons.set(event.stepId, event.reason);
        if (event.final) moments.push(`${event.stepId} failed`);
        break;
      default:
        break;
    }
  }
  const { view, row } = reader;
  const children = latestChildRuns(storage, runId).map(
    (child) => [`${child.parentStepId}.`, readFacts(storage, child.runId)] as const,
  );
  return {
    status: view.status,
    error: view.error,
    errorCode: view.errorCode,
    pausedFor: view.pausedFor,
    waitsFor: [
      ...waitsFor(view),
      ...children.flatMap(([prefix, facts]) => facts.waitsFor.map((path) => prefix + path)),
    ],
    stopReason: view.stopped?.reason,
    budget: budgetOf(view),
    steps: new Map([
      ...stepsOf(view, reasons, files),
      ...children.flatMap(([prefix, facts]) =>
        [...facts.steps].map(([path, step]) => [prefix + path, step] as const),
      ),
    ]),
    moments,
    startedAt: row.createdAt,
    journalSeq: reader.seq,
    childEntryCount: children.reduce(
      (sum, [, facts]) => sum + facts.journalSeq + facts.childEntryCount,
      0,
    ),
  };
}

function stepsOf(
  view: RunView,
  reasons: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Map<string, StepFacts> {
  const steps = new Map<string, StepFacts>();
  for (const { id, status, attemptNumber, result, error, detail } of view.steps())
    steps.set(id, {
      status,
      attemptNumber,
      ...(status === "completed" && { result: result ?? null, files: files.get(id) }),
      ...(status === "failed" && {
        error,
        reason: writtenReason(detail?.reason ?? reasons.get(id)),
      }),
    });
  return steps;
}

function waitsFor(view: RunView): string[] {
  return view
    .steps()
    .filter(
      ({ status, waitingFor }) =>
        status === "unknown" ||
        (status === "open" && (waitingFor === "gate" || waitingFor === "signal")),
    )
    .map(({ id }) => id);
}

function budgetOf(view: RunView): SettledBudget | undefined {
  const report = view.budget();
  if (report === undefined) return undefined;
  const { settled, unmetered } = report;
  return { usd: settled.usd, tokens: settled.tokens, launches: settled.launches, unmetered };
}

/** Returns the files that were kept with the newest result of each step. */
function filesOf(
  storage: StoragePort,
  runId: string,
): Map<string, Readonly<Record<string, string>>> {
  const files = new Map<string, Readonly<Record<string, string>>>();
  for (const { type, stepId, payload } of storage.readJournal(runId)) {
    if (type !== "step_completed" || stepId === undefined || !payload.includes('"files"')) continue;
    const { files: kept = [] } = JSON.parse(payload) as {
      readonly files?: readonly { readonly path: string; readonly artifact: string }[];
    };
    files.set(
      stepId,
      Object.fromEntries(
        kept.map(({ path, artifact }) => [path, textOf(storage.getArtifact(artifact))]),
      ),
    );
  }
  return files;
}

function textOf(stored: string | undefined): string {
  return stored === undefined ? "" : decodeFile(stored).toString();
}

/** A workflow file writes `fatal` for what the machine calls `invalid`. */
function writtenReason(reason: string | undefined): string | undefined {
  return reason === "invalid" ? "fatal" : reason;
}
