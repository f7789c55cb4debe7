import { openSqliteStorage, WorkflowEngine } from "@automatosx/workflow";
import { chain, fanOutAndIn, finish } from "../workflows.ts";
import type { OpenPeer } from "./peer.ts";

export const openAxw: OpenPeer = async ({ file, durability, work }) => {
  const level = durability === "process" ? "process" : "full";
  const storage = openSqliteStorage({ path: file, durability: level });
  const engine = await WorkflowEngine.open({ storage, agents: { none: () => work() } });
  return {
    synchronous: level === "full" ? 2 : 1,
    chain: async (length) => {
      await finish(engine, chain(length));
    },
    fan: async (width) => {
      await finish(engine, fanOutAndIn(width));
    },
    runs: async (count, length, atOnce) => {
      const workflow = chain(length);
      let left = count;
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await finish(engine, workflow);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    },
    resumeChain: async () => {
      const { handles } = await engine.recover();
      for (const handle of handles) await handle.ending;
    },
    close: async () => {
      await engine.close();
      storage.close();
    },
  };
};
