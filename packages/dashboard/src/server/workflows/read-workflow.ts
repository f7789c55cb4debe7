import { isAbsolute, relative } from "node:path";
import type { StoredRun } from "@automatosx/workflow/observe";
import { shortId } from "@automatosx/workflow/run-view";
import type { Action } from "../../api/run.schema.js";
import type { Workflow, WorkflowList } from "../../api/workflow.schema.js";
import { inputForm } from "../input-form.js";
import type { Reading } from "../Reading.js";
import { hashOf, type KnownWorkflow } from "./KnownWorkflow.js";
import { findWorkflowFiles } from "./workflow-files.js";

/** How many runs the history has. */
const MAX_HISTORY = 30;

/** How many of the latest runs of a workflow are asked for its file. */
const LATEST = 5;

/** Returns what the page of a workflow shows. */
export function readWorkflow(reading: Reading, known: KnownWorkflow): Workflow {
  const { options } = reading;
  const { file, runs, workflowId } = known;
  const stored = known.stored;
  const [last] = stored;
  const current = file?.workflow?.definition ?? definitionOf(last);
  const typed = (...words: readonly string[]): string => options.control.typed(words);
  const name = file?.name ?? "FILE";
  const compared = runs[0] === undefined ? [] : ["--run", shortId(runs[0].runId)];
  return {
    now: reading.now(),
    workflowId,
    name: current?.name ?? workflowId,
    ...(file !== undefined && { file: file.name }),
    onDisk:
      file === undefined
        ? null
        : {
            source: file.source,
            changedAt: file.changedAt,
            isSameAsLast: last !== undefined && isSame(file, last),
            issues: [...file.issues],
          },
    stored: stored.map(({ hash, version, source, format }) => ({ hash, version, source, format })),
    versions: versionsOf(known),
    history: historyOf(reading, known),
    inputs: inputForm(current?.inputs ?? {}),
    canRun: canRun(reading, known),
    commands: {
      run: typed("run", name),
      validate: typed("validate", "--fix", name),
      plan: typed("plan", name, ...compared),
    },
  };
}

type Stored = KnownWorkflow["stored"][number];

function definitionOf(
  stored: Stored | undefined,
): NonNullable<NonNullable<KnownWorkflow["file"]>["workflow"]>["definition"] | undefined {
  return stored === undefined ? undefined : JSON.parse(stored.definition);
}

function isSame(file: NonNullable<KnownWorkflow["file"]>, last: Stored): boolean {
  return file.source === last.source || file.workflow?.hash === last.hash;
}

function canRun({ options }: Reading, { file }: KnownWorkflow): Action {
  const command = options.control.typed(["run", file?.name ?? "FILE"]);
  const errors = file?.issues.filter(({ severity }) => severity === "error").length ?? 0;
  const because =
    options.isReadOnly === true
      ? "This server only shows runs."
      : file === undefined
        ? "Its file is not in the folder of this server."
        : errors > 0
          ? `Correct ${errors === 1 ? "the error" : `the ${errors} errors`} of the file first.`
          : undefined;
  return because === undefined ? { can: true, command } : { can: false, because, command };
}

function versionsOf({ stored, runs }: KnownWorkflow): Workflow["versions"] {
  const byHash = Map.groupBy(runs, hashOf);
  return stored.map(({ hash, version, createdAt }) => {
    const ofVersion = byHash.get(hash) ?? [];
    const completed = ofVersion.filter(({ status }) => status === "completed");
    const medianMs = median(
      completed.flatMap(({ createdAt: from, finishedAt: to }) =>
        to === undefined ? [] : [to - from],
      ),
    );
    const usd = median(completed.flatMap(({ used }) => used?.usd ?? []));
    return {
      hash,
      version,
      since: createdAt,
      runs: ofVersion.length,
      ...(medianMs !== undefined && { medianMs }),
      ...(usd !== undefined && { usd }),
    };
  });
}

function historyOf(reading: Reading, { runs }: KnownWorkflow): Workflow["history"] {
  return runs
    .slice(0, MAX_HISTORY)
    .reverse()
    .map(({ runId, status, createdAt, updatedAt, finishedAt, used }) => {
      const end = finishedAt ?? (status === "running" ? reading.now() : updatedAt);
      return {
        runId,
        status,
        createdAt,
        tookMs: Math.max(0, end - createdAt),
        ...(used?.usd !== undefined && { usd: used.usd }),
      };
    });
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Returns the workflows of the database, the last used first, and the files that never ran. */
export async function listWorkflows(reading: Reading): Promise<WorkflowList> {
  const { storage, options } = reading;
  const newest = new Map<string, Stored>();
  for (const stored of storage.listWorkflows())
    if (!newest.has(stored.workflowId)) newest.set(stored.workflowId, stored);
  const workflows = [...newest.values()].map((stored) => entryOf(reading, stored));
  const known = new Set(workflows.flatMap(({ file }) => file ?? []));
  const files = await findWorkflowFiles(options.folder);
  return {
    now: reading.now(),
    workflows: workflows.sort((a, b) => (b.lastRunAt ?? 0) - (a.lastRunAt ?? 0)),
    files: files.filter((file) => !known.has(file)),
  };
}

function entryOf(reading: Reading, stored: Stored): WorkflowList["workflows"][number] {
  const { workflowId, name, version, stepCount } = stored;
  const { storage } = reading;
  const { counts } = reading.tallies.of({ workflowId });
  const latest = storage.pageRuns({ workflowId }, LATEST).runs;
  const [last] = latest;
  const file = latest.flatMap((run) => fileIn(reading.options.folder, run) ?? [])[0];
  return {
    workflowId,
    name: last?.workflowName ?? name,
    version: last?.workflowVersion ?? version,
    stepCount: last?.stepCount ?? stepCount,
    runs: Object.values(counts).reduce((sum, each) => sum + each, 0),
    failed: counts.failed,
    open: counts.running + counts.paused,
    lastRunAt: last?.createdAt ?? null,
    ...(file !== undefined && { file }),
  };
}

/**
 * The file of a run below the served folder, relative to it. A child run was started from the file
 * of its parent, which is not its own.
 */
function fileIn(folder: string, { startedFrom, parentRunId }: StoredRun): string | undefined {
  if (startedFrom?.file === undefined || parentRunId !== undefined) return undefined;
  const file = relative(folder, startedFrom.file);
  return file.startsWith("..") || isAbsolute(file) ? undefined : file;
}
