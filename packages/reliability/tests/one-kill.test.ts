import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goOn, withSite } from "../src/command-line/go-on.ts";

describe("a CrashSite", () => {
  test("runs the built command line, kills it in the middle of a step, and goes on", async () => {
    const seen = await withSite(async (site) => {
      const held = join(site.folder, "hold-review");
      writeFileSync(held, "");
      let looking: NodeJS.Timeout | undefined;
      const ended = await site.run({
        watch: ({ kill }) => {
          looking = setInterval(() => site.calls().includes("review#1") && kill(), 10);
        },
      });
      clearInterval(looking);
      rmSync(held);
      const found = site.look();
      return {
        signal: ended.signal,
        kept: found.completed.toSorted(),
        verdict: await goOn(site, [{ ended, found }]),
        calls: site.calls().length,
      };
    });
    expect(seen).toEqual({
      signal: "SIGKILL",
      kept: ["flaky", "left", "merge", "plan", "right"],
      verdict: { lost: [], different: [], ranAgain: [] },
      calls: 9,
    });
  });
});
