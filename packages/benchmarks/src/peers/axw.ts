import { WorkflowEngine } from "@automatosx/workflow";
import { chain, fanOutAndIn, finish } from "../workflows.ts";
import type { OpenPeer } from "./peer.ts";

export const openAxw: OpenPeer = async ({ file, durability, work }) => {
  const engine = await WorkflowEngine.open({
    database: file,
    ...(durability !== "default" && { durability }),
    agents: { none: () => work() },
  });
  return {
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
    close: () => engine.close(),
  };
};
