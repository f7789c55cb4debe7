import { describe, expect, test } from "vitest";
import { buildProgram } from "../src/program.js";
import { Folder, ndjson, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const FLOW = workflow("  - {id: one, agentId: sh, task: one, checkpoint: early}\n");

async function folderWithRuns(...ids: readonly string[]): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": FLOW });
  for (const id of ids) await folder.here(["run", "flow.yaml", "--run-id", id]);
  return folder;
}

const idOf = async (folder: Folder, word: string): Promise<string | undefined> =>
  /^id +(.*)$/m.exec((await folder.here(["show", word])).stdout)?.[1];

describe("@last, @2 and so on", () => {
  test("are the runs of this database by their age, newest first", async () => {
    const folder = await folderWithRuns("b", "c", "a");
    expect(
      await Promise.all(["@last", "@1", "@2", "@3"].map((word) => idOf(folder, word))),
    ).toEqual(["a", "a", "c", "b"]);
  });

  test.each([
    ["show", "@last"],
    ["result", "@last", "one"],
    ["logs", "@last"],
    ["events", "@last"],
    ["graph", "@last"],
    ["resume", "@last"],
    ["checkpoint", "list", "@last"],
  ])("are accepted by axw %s %s", async (...args) => {
    const folder = await folderWithRuns("old", "new");
    const byAge = await folder.here(args);
    expect(byAge).toEqual(await folder.here(args.map((word) => (word === "@last" ? "new" : word))));
    expect(byAge.code).toBe(0);
  });

  test.each([
    ["pause", "@2"],
    ["cancel", "@2"],
    ["checkpoint", "@2"],
  ])("are accepted by axw %s %s, which changes that run", async (...args) => {
    const ended = await (await folderWithRuns("old", "new")).here(args);
    expect(ended.stderr).toMatch(/\bold\b/);
  });

  test("are accepted by every command whose first argument is a run", async () => {
    const program = buildProgram(
      new FakeIo({ cwd: "." }),
      () => "0",
      () => undefined,
    );
    const verbs = program.commands.flatMap((verb) =>
      [verb, ...verb.commands].flatMap((command) => {
        const [first] = command.registeredArguments;
        if (first === undefined || !/\brun\b/.test(first.name())) return [];
        return [command === verb ? [verb.name()] : [verb.name(), command.name()]];
      }),
    );
    expect(verbs.length).toBeGreaterThanOrEqual(10);
    const refused: unknown[] = [];
    for (const verb of verbs) {
      const { stderr } = await (await folderWithRuns("job")).here([...verb, "@last"]);
      if (/@last|not_found/.test(stderr)) refused.push([verb, stderr]);
    }
    expect(refused).toEqual([]);
  });

  test("that do not exist are refused with the number of runs", async () => {
    const folder = await folderWithRuns("a", "b");
    for (const args of [["show"], ["resume"], ["result"], ["pause"], ["graph"]])
      expect(await folder.here([...args, "@3"])).toEqual({
        code: 2,
        stdout: "",
        stderr:
          "error  run_not_found  `@3` does not exist: the database contains 2 runs.\n" +
          "       @last is the newest run, @2 the oldest.\nnext   axw list\n",
      });
  });

  test.each(["@0", "@-1", "@01", "@first", "@", "@1.5", "@99999999999999999999"])(
    "do not include %s",
    async (word) => {
      const { code, stderr } = await (await folderWithRuns("a")).here(["show", word]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^error {2}run_not_found {2}`@.*\n +@last is the newest run/),
      ]);
    },
  );

  test("are not accepted as the id of a new run", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { code, stderr } = await folder.here(["run", "flow.yaml", "--run-id", "@2"]);
    expect([code, stderr, folder.has(".ax")]).toEqual([
      2,
      expect.stringContaining("invalid_argument"),
      false,
    ]);
  });
});

describe("a part of several ids", () => {
  test("is refused with the ids one a line", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    for (let runs = 0; runs < 2; runs += 1) await folder.here(["run", "flow.yaml"]);
    const [second, first] = ndjson((await folder.here(["list", "--json"])).stdout).map((run) =>
      String(run["runId"]),
    );
    const part = first?.slice(0, 6) ?? "";
    const { stderr } = await folder.here(["show", part]);
    expect(stderr).toBe(
      `error  run_ambiguous  \`${part}\` is part of several run ids:\n` +
        `         ${second}\n         ${first}\n` +
        "       Specify more of the id.\nnext   axw list\n",
    );
  });
});
