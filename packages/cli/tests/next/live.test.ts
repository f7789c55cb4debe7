import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, type Running, workflow } from "../harness/axw.js";
import { LIVE } from "./lines.js";
import { PATH, paste, printedLine } from "./type-line.js";

const CHAIN = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
`);
// The slow agent records its task before it waits, and its log is still empty then.
const SHAM = CHAIN.replace("agents:\n", "agents:\n  sham: {preset: simulated}\n").replace(
  "agentId: sh,",
  "agentId: sham,",
);

/** A run whose step `two` waits for the file `go`. */
async function waitingRun(text: string): Promise<{ folder: Folder; run: Running; id: string }> {
  const folder = new Folder({ "flow.yaml": text });
  const run = folder.start(["run", "flow.yaml", "--run-id", "live"]);
  await run.until(/^started +two/m);
  await folder.untilLaunched(text === SHAM ? 1 : 2);
  return { folder, run, id: "live" };
}

describe("the next line", () => {
  test.each(LIVE.map((line) => [line.typed.join(" "), line] as const))(
    "can be pasted while a process works on the run, after axw %s",
    async (_, { scene, typed, prints, launches = [], waitsFor }) => {
      const { folder, run, id } = await waitingRun(scene.includes("simulated") ? SHAM : CHAIN);
      if (scene.startsWith("pausing")) await folder.here(["pause", id]);
      const words = typed.map((word) => word.replace("RUN", id));
      const printed = printedLine(await folder.here(words, { PATH }));
      const before = folder.launches().length;
      const pasted = paste(folder, printed);
      if (waitsFor !== undefined) await pasted.until(waitsFor);
      folder.write("go");
      const [{ code }] = await Promise.all([pasted.ended, run.ended]);
      expect({ prints: printed, exits: code, launches: folder.launches().slice(before) }).toEqual({
        prints: prints.replace("RUN", id),
        exits: 0,
        launches,
      });
    },
    30_000,
  );

  test("finds the run at the new path of a database that was moved", async () => {
    const { folder, run, id } = await waitingRun(CHAIN);
    const followed = folder.start(["logs", id, "--follow"]);
    await followed.until(/did one/);
    renameSync(join(folder.path, ".ax"), join(folder.path, "my data"));
    folder.write("go");
    const [ran, logs] = await Promise.all([run.ended, followed.ended]);
    const database = join(folder.path, "my data", "workflow.db");
    const lines = [printedLine(ran), printedLine(logs)];
    expect([ran.code, logs.code, lines]).toEqual([
      5,
      5,
      [`axw resume ${id} --db '${database}'`, `axw list --db '${database}'`],
    ]);
    const listed = await paste(folder, lines[1] ?? "").ended;
    const resumed = await paste(folder, lines[0] ?? "").ended;
    expect([listed.code, resumed.code]).toEqual([0, 0]);
  });
});
