import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withSite } from "../src/command-line/CrashSite.ts";
import { resumeAndJudge } from "../src/command-line/resume-and-judge.ts";
import { countCalls, killedBefore, whyNoStrace } from "../src/command-line/strace.ts";

describe("a CrashSite", () => {
  test("runs the built CLI, kills it during a step and resumes the run", async () => {
    const outcome = await withSite(async (site) => {
      const held = join(site.folder, "hold-review");
      writeFileSync(held, "");
      let poll: NodeJS.Timeout | undefined;
      const ended = await site.run({
        watch: ({ kill }) => {
          poll = setInterval(() => site.calls().includes("review#1") && kill(), 10);
        },
      });
      clearInterval(poll);
      rmSync(held);
      const found = site.readFound();
      return {
        signal: ended.signal,
        completed: found.completed.toSorted(),
        verdict: await resumeAndJudge(site, [{ ended, found }]),
        calls: site.calls().length,
      };
    });
    expect(outcome).toEqual({
      signal: "SIGKILL",
      completed: ["flaky", "left", "merge", "plan", "right"],
      verdict: { lost: [], different: [], ranAgain: [] },
      calls: 9,
    });
  });
});

describe.runIf(whyNoStrace() === undefined)("killedBefore", () => {
  test("kills before the call is made, and not at all if there are fewer calls", async () => {
    const outcome = await withSite(async (site) => {
      const first = await site.run(killedBefore(site, "pwrite64", 1));
      const { size } = statSync(site.database);
      const second = await site.run(killedBefore(site, "pwrite64", 9));
      const calls = (await withSite(countCalls)).get("pwrite64") ?? 0;
      const whole = await withSite((other) =>
        other.run(killedBefore(other, "pwrite64", 10 * calls)),
      );
      return [first.signal, size, second.signal, whole.signal, whole.exitCode];
    });
    expect(outcome).toEqual(["SIGKILL", 0, "SIGKILL", null, 0]);
  });
});
