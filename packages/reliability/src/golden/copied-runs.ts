import { type AgentFunction, openSqliteStorage, WorkflowEngine } from "@automatosx/workflow";
import {
  type NewRun,
  type ReplicaPart,
  referencedArtifacts,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/storage";

/** The backend whose runs were copied. */
export const COPIED_FROM = "restate";

/** The length of a result that is stored as an artifact. */
const LARGE = 100_000;

/**
 * The workflow of the runs in a golden database of copies. It is stored in released databases and
 * never changes.
 */
const COPIED_WORKFLOW = `
id: copied
inputs: { name: string }
steps:
  - { id: large, agentId: worker, task: "Large." }
  - { id: each, foreach: [a, b], agentId: worker, task: "Do \${{ item }} for \${{ inputs.name }}." }
  - { id: hold, gate: { ask: "Go on?" }, dependencies: [large, each] }
  - { id: last, agentId: last, task: "Last.", dependencies: [hold] }
`;

/** What the runs give in the end, whichever version ends them. */
export const COPIED_RESULTS = {
  large: "x".repeat(LARGE),
  each: ["did Do a for golden.", "did Do b for golden."],
  hold: { approved: true },
  last: "did Last.",
} as const;

/** The agents of the runs; each attempt is passed to `note`. */
export function copiedAgents(note: (stepId: string) => void): Record<string, AgentFunction> {
  const perform: AgentFunction = ({ stepId, task, log }) => {
    note(stepId);
    log(`${stepId} works\n`);
    return Promise.resolve(stepId === "large" ? "x".repeat(LARGE) : `did ${task}`);
  };
  return { worker: perform, last: perform };
}

/** Writes copies of a completed run, of one that waits for a person, and of one in flight. */
export async function writeCopies(path: string): Promise<void> {
  const from = openSqliteStorage({ path: ":memory:" });
  const to = openSqliteStorage({ path, create: true });
  const inFlight = Promise.withResolvers<void>();
  const agents = copiedAgents(() => undefined);
  const engine = await WorkflowEngine.open({
    storage: from,
    agents: {
      ...agents,
      last: async (request) => {
        if (request.runId !== "in-flight") return agents["last"]?.(request);
        inFlight.resolve();
        return new Promise((_, reject) =>
          request.signal.addEventListener("abort", () => reject(request.signal.reason as Error)),
        );
      },
    },
  });
  for (const runId of ["completed", "waiting", "in-flight"]) {
    const inputs = { name: "golden" };
    const run = await engine.start(COPIED_WORKFLOW, { runId, inputs });
    // It pauses, as it waits for a person.
    await run.ending;
    if (runId === "waiting") continue;
    const answered = await engine.answer(runId, "hold", {});
    if (runId === "completed") await answered?.ending;
    else await inFlight.promise;
  }
  for (const run of from.listRuns()) to.replicate(partOf(from, run));
  await engine.close();
  from.close();
  to.close();
}

// The whole run as one part, as the sink of a backend would write several.
function partOf(from: StoragePort, run: StoredRun): ReplicaPart {
  const { runId, state, status, updatedAt, finishedAt, pauseReason } = run;
  const entries = [...from.readJournal(runId)];
  return {
    ...{ runId, backend: COPIED_FROM, newRun: beginningOf(run), afterSeq: 0, entries },
    checkpoints: from
      .listCheckpoints(runId)
      .toReversed()
      .flatMap(({ checkpointId }) => from.getCheckpoint(checkpointId) ?? []),
    artifacts: entries
      .flatMap(referencedArtifacts)
      .map((sha256) => ({ sha256, content: from.getArtifact(sha256) ?? "" })),
    definitions: from.listWorkflows(),
    run: {
      ...{ state, status, updatedAt },
      ...(finishedAt !== undefined && { finishedAt }),
      ...(pauseReason !== undefined && { pauseReason }),
    },
    logs: { after: 0, chunks: from.readLogs(runId) },
  };
}

function beginningOf(run: StoredRun): NewRun {
  const { runId, workflowId, definitionHash, inputs, context, createdAt } = run;
  return { runId, workflowId, definitionHash, inputs, context, createdAt };
}
