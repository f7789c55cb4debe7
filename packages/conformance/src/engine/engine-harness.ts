import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyRetention,
  type ExecutionBackend,
  type StoragePort,
  WorkflowEngine,
} from "@automatosx/workflow";
import type { BackendHarness, HarnessSetup } from "@automatosx/workflow/testing";
import { AgentNotes } from "../harness/AgentNotes.ts";
import { realClock } from "../harness/real-clock.ts";
import type { EngineFault } from "../planted/engine-faults.ts";
import { clientOf } from "./client-of.ts";
import { EngineNodes } from "./EngineNodes.ts";
import type { StoragePlace } from "./engine-settings.ts";
import { openPlace } from "./open-place.ts";
import { startAndDie } from "./start-and-die.ts";

/** How long a frozen or cut off process may be waited for, in ms, besides its lease and its grace. */
const TAKEOVER_MS = 30_000;
/** A client has nothing to do but to wait for an answer. */
const CLIENT_WAIT_MS = 20_000;

/** What a storage adds to the engines that work on it. */
interface StorageUnderTest {
  readonly place: StoragePlace;
  /** How a process reaches the storage, if not like the clients. */
  readonly placeOf?: (name: string) => Promise<StoragePlace>;
  /** The capabilities that come with the storage. */
  readonly capabilities: (engines: EnginesUnderTest) => Partial<BackendHarness>;
  /** The tables that still have a row of a run. */
  readonly remains: (runId: string) => Promise<readonly string[]>;
  readonly dispose: () => Promise<void>;
}

interface EnginesUnderTest {
  readonly nodes: EngineNodes;
  readonly notes: AgentNotes;
  /** What every storage has, of the processes. */
  readonly kills: NonNullable<BackendHarness["kills"]>;
}

/**
 * Engines in processes of their own, which work on the runs of one storage. Clients, in this
 * process, reach them through the storage.
 */
export async function engineHarness(
  setup: HarnessSetup,
  openUnderTest: OpenUnderTest,
  fault?: EngineFault,
): Promise<BackendHarness> {
  const stack = new AsyncDisposableStack();
  try {
    return await startHarness(setup, { openUnderTest, fault }, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Opens the storage of a case in a folder. */
export type OpenUnderTest = (folder: string, setup: HarnessSetup) => Promise<StorageUnderTest>;

async function startHarness(
  setup: HarnessSetup,
  { openUnderTest, fault }: { openUnderTest: OpenUnderTest; fault: EngineFault | undefined },
  stack: AsyncDisposableStack,
): Promise<BackendHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-conformance-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "notes.jsonl");
  const notes = stack.adopt(new AgentNotes(log), (one) => one.close());
  const { place, placeOf, capabilities, remains, dispose } = await openUnderTest(folder, setup);
  stack.defer(dispose);
  const nodes = stack.adopt(
    new EngineNodes(
      setup,
      { log, ...(fault !== undefined && { fault }) },
      placeOf ?? (async () => place),
    ),
    (one) => one.close(),
  );
  const { workers = 1 } = setup;
  // The first creates the tables.
  await nodes.start(1);
  await nodes.start(workers - 1);
  const openEngine = async (): Promise<WorkflowEngine> => {
    const storage = await openPlace(place, { waitMs: CLIENT_WAIT_MS });
    stack.defer(async () => storage.close());
    const engine = await WorkflowEngine.open({ storage, executes: false });
    stack.defer(() => engine.close());
    return engine;
  };
  const first = await openEngine();
  const kills = {
    decider: () => nodes.kill(nodes.busy(notes.read())),
    worker: () => nodes.kill(nodes.busy(notes.read())),
  };
  return {
    open: async (): Promise<ExecutionBackend> => clientOf(await openEngine()),
    agentLog: notes,
    projection: projectionOf(first.storage),
    clock: realClock(setup.isLong),
    kills,
    killAt: (seq) => nodes.askAll("dieAt", seq),
    killEvery: 3,
    limits: { slots: true },
    freeze: async (runId) => {
      const node = nodes.busy(notes.read(), runId);
      node.signal("SIGSTOP");
      return { passedOnAfterMs: TAKEOVER_MS, thaw: async () => node.signal("SIGCONT") };
    },
    serve: (agentId) => nodes.serve(agentId),
    goingBack: {
      restore: (runId, checkpointId) =>
        nodes.busy(notes.read(), runId).ask("restore", checkpointId),
      fork: async (runId, checkpoint) =>
        (await first.fork(runId, checkpoint === undefined ? {} : { checkpoint })).runId,
      amend: (runId, workflow) => first.amend(runId, workflow),
    },
    deploy: () => nodes.replaceAll(),
    startAndDie: (workflow, options) => startAndDie({ place, workflow, options }),
    remove: async (runId) => {
      await applyRetention(first.storage, { maxRunCount: 1 });
      return remains(runId);
    },
    peakMemory: () => nodes.busy(notes.read()).ask("peakMemory"),
    jump: (durationMs) => nodes.askAll("jump", durationMs),
    ...capabilities({ nodes, notes, kills }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function projectionOf(storage: StoragePort): BackendHarness["projection"] {
  return {
    rows: async (runId) => [...storage.readJournal(runId)],
    artifact: async (sha256) => JSON.parse(storage.getArtifact(sha256) ?? "null") as unknown,
  };
}
