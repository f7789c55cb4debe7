import { setTimeout as sleep } from "node:timers/promises";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import type { OpenPeer } from "./peer.ts";

/** Replaces the engine's own handle, which polls once a second and would dominate the figures. */
const POLL_MS = 2;

/** The backend's connection, which the engine's types do not declare. */
interface Connection {
  exec(sql: string): void;
  prepare(sql: string): { get(): { synchronous: number } };
}

/**
 * Follows the engine's documentation: sequential steps use `await`, parallel steps `Promise.all`.
 */
export const openOpenWorkflow: OpenPeer = ({ file, durability, work }) => {
  const backend = BackendSqlite.connect(file);
  const connection = (backend as unknown as { db: Connection }).db;
  if (durability === "full") connection.exec("PRAGMA synchronous = FULL");
  if (durability === "process") connection.exec("PRAGMA synchronous = NORMAL");
  const client = new OpenWorkflow({ backend });
  const chain = client.defineWorkflow<{ length: number }, number>(
    { name: "chain" },
    async ({ input, step }) => {
      for (let index = 0; index < input.length; index += 1)
        await step.run({ name: `s${index}` }, work);
      return input.length;
    },
  );
  const fan = client.defineWorkflow<{ width: number }, number>(
    { name: "fan" },
    async ({ input, step }) => {
      await step.run({ name: "first" }, work);
      await Promise.all(
        Array.from({ length: input.width }, (_, index) => step.run({ name: `s${index}` }, work)),
      );
      await step.run({ name: "last" }, work);
      return input.width;
    },
  );
  const untilIdle = async (): Promise<void> => {
    for (;;) {
      const { pending, running, completed, failed } = await backend.countWorkflowRuns();
      if (failed > 0) throw new Error("A run of openworkflow failed.");
      if (pending + running === 0 && completed > 0) return;
      await sleep(POLL_MS);
    }
  };
  const drain = async (concurrency: number): Promise<void> => {
    const worker = client.newWorker({ concurrency });
    await worker.start();
    await untilIdle();
    stopped = worker.stop();
  };
  let stopped: Promise<void> = Promise.resolve();
  return Promise.resolve({
    synchronous: connection.prepare("PRAGMA synchronous").get().synchronous,
    chain: async (length) => {
      await chain.run({ length });
      await drain(1);
    },
    fan: async (width) => {
      await fan.run({ width });
      await drain(1);
    },
    runs: async (count, length, atOnce) => {
      for (let index = 0; index < count; index += 1) await chain.run({ length });
      await drain(atOnce);
    },
    resumeChain: () => drain(1),
    close: async () => {
      await stopped;
      await backend.stop();
    },
  });
};
