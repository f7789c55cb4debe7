import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { PEERS } from "../src/peers/engines.ts";
import type { PeerName } from "../src/peers/jobs.ts";
import type { Peer } from "../src/peers/peer.ts";

async function stepsRun(name: PeerName, job: (peer: Peer) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "peer-"));
  let count = 0;
  const work = (): string => {
    count += 1;
    return "done";
  };
  try {
    const peer = await PEERS[name]({
      file: path.join(folder, "peer.db"),
      durability: "full",
      work,
    });
    await job(peer);
    if (name !== "axw") expect(peer.synchronous).toBe(2);
    await peer.close();
    return count;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each(["axw", "langgraph", "openworkflow"] as const)(
  "%s runs every step of every job once, at the requested `synchronous` level",
  async (name) => {
    expect([
      await stepsRun(name, (peer) => peer.chain(5)),
      await stepsRun(name, (peer) => peer.fan(4)),
      await stepsRun(name, (peer) => peer.runs(6, 2, 3)),
    ]).toEqual([5, 6, 12]);
  },
);

test("LangGraph.js runs the node of a loop the requested number of times", async () => {
  expect(await stepsRun("langgraph", (peer) => peer.loop?.(5) ?? Promise.resolve())).toBe(5);
});
