import { describe, expect, test } from "vitest";
import { ndjson } from "../harness/axw.js";
import { env, lines, started } from "./started-run.js";

describe("a run that has gone back", () => {
  test("says in `why` what was kept, edited and changed", async () => {
    const folder = await started();
    folder.write("new.txt", "better");
    await folder.here(["edit-output", "r", "one", "new.txt", "--note", "typo"], env);
    const why = async (...step: readonly string[]): Promise<string[]> =>
      lines((await folder.here(["why", "r", ...step])).stdout).map((line) =>
        line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME"),
      );
    expect({ one: await why("one"), aside: await why("aside"), run: (await why())[0] }).toEqual({
      one: ["one is completed", "the result of one was edited by ann at TIME: typo"],
      aside: [
        "aside is completed",
        "aside kept its result of attempt 1 (TIME), because its request is the same: a result was",
        "  edited by ann at TIME",
      ]
        .slice(0, 1)
        .concat([expect.stringContaining("aside kept its result of attempt 1")]),
      run: "run r is paused: a result was edited by ann at TIME, and nothing was started since",
    });
    expect((await why("two")).join(" ")).toContain("two");
  });

  test("names who edited what and when in its JSON", async () => {
    const folder = await started();
    folder.write("new.txt", "better");
    await folder.here(["edit-output", "r", "one", "new.txt", "--note", "typo"], env);
    const [run] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
    expect(run?.["reruns"]).toEqual([
      {
        ...{ journalSeq: expect.any(Number), at: expect.any(Number), type: "result_edited" },
        ...{ stepId: "one", attemptNumber: 1, by: "ann", note: "typo" },
      },
    ]);
  });

  test("prints one event for each time that it went back", async () => {
    const folder = await started();
    folder.write("new.txt", "better");
    await folder.here(["edit-output", "r", "one", "new.txt"], env);
    const { stdout } = await folder.here(["events", "r"]);
    expect(lines(stdout).filter((line) => line.includes("edited"))).toEqual([
      expect.stringMatching(/edited +one {2}.*by ann$/),
    ]);
  });
});
