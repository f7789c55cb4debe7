import { describe, expect, test } from "vitest";
import { readBudget } from "../src/read-budget.js";
import { Folder, ndjson, workflow } from "./harness/axw.js";

const CHAIN = `  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`;

const lines = (text: string): string[] => text.trimEnd().split("\n");

describe("a run that has used up its budget", () => {
  test("pauses with exit code 3, and its last lines name the limit and the command", async () => {
    const folder = new Folder({ "flow.yaml": workflow(CHAIN, "budget: {launches: 2}") });
    const { code, stdout, stderr } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect([code, lines(stdout).slice(-2), lines(stderr).slice(-2)]).toEqual([
      3,
      [
        "budget launches 2 of 2 (100 %)",
        "why    the budget does not allow another launch: launches 2 of 2 (100 %)",
      ],
      ["next   axw resume r --budget launches=4", "       (raises the limit)"],
    ]);
    const [shown, listed] = [await folder.here(["show", "r"]), await folder.here(["list"])];
    expect(shown.stdout).toMatch(/^budget {3}launches 2 of 2 \(100 %\)$/m);
    expect(listed.stdout).toContain("the budget does not allow another launch");
    const [json] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
    expect(json).toMatchObject({
      pausedFor: "budget",
      budget: { heldBy: "launches", shares: [{ dimension: "launches", settled: 2, limit: 2 }] },
    });
  });

  test("continues when it is resumed with a higher limit, and stays paused with the same", async () => {
    const folder = new Folder({ "flow.yaml": workflow(CHAIN, "budget: {launches: 2}") });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect((await folder.here(["resume", "r"])).code).toBe(3);
    const { code } = await folder.here(["resume", "r", "--budget", "launches=3"]);
    expect([code, folder.launches()]).toEqual([0, ["one", "two", "three"]]);
  });

  test("pauses for an unknown cost if it is to, until that is allowed", async () => {
    const budget = "budget: {usd: 5, unmetered: pause}";
    const folder = new Folder({ "flow.yaml": workflow(CHAIN, budget) });
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect([code, lines(stdout).slice(-2)]).toEqual([
      3,
      [
        "budget usd 0 of 5 (0 %); 1 attempt of unknown cost",
        "why    the cost of 1 attempt is not known",
      ],
    ]);
    const resumed = await folder.here(["resume", "r", "--allow-unmetered"]);
    expect([resumed.code, folder.launches()]).toEqual([0, ["one", "two", "three"]]);
  });
});

describe("a run that fails by its budget", () => {
  const flow = workflow(CHAIN, 'budget: {launches: 2, at: {"100%": fail}}');

  const nextLine = (text: string): string | undefined => /^next {3}(.*)$/m.exec(text)?.[1];

  test("is continued by the higher limit that every command names", async () => {
    const folder = new Folder({ "flow.yaml": flow });
    const run = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const others = [
      ["resume", "r"],
      ["show", "r"],
      ["watch", "r"],
      ["why", "r", "three"],
    ];
    const said = [run];
    for (const args of others) said.push(await folder.here(args));
    const raise = "axw resume r --budget launches=4";
    expect({
      codes: said.map(({ code }) => code),
      next: said.map(({ stderr }) => nextLine(stderr)),
    }).toEqual({ codes: [1, 1, 0, 1, 0], next: [raise, raise, raise, raise, raise] });
    const { code } = await folder.here(["resume", "r", "--budget", "launches=4"]);
    expect([code, folder.launches()]).toEqual([0, ["one", "two", "three"]]);
  });

  test("names the limit rather than the logs of a step that was allowed to fail", async () => {
    const text = flow.replace(
      "agentId: sh, task: one",
      "agentId: bad, continueOnError: true, task: one",
    );
    const folder = new Folder({ "flow.yaml": text });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { stderr } = await folder.here(["show", "r"]);
    expect(nextLine(stderr)).toBe("axw resume r --budget launches=4");
  });
});

describe("--budget", () => {
  test("takes each limit in its unit", () => {
    expect(readBudget(["usd=12.5", "tokens=3000,launches=8", "wall=2h"])).toEqual({
      usd: 12.5,
      tokens: 3000,
      launches: 8,
      wallMs: 7_200_000,
    });
    expect(readBudget(undefined)).toBeUndefined();
  });

  test.each([
    ["usd=$12", "Write it as --budget usd=12."],
    ["tokens=1.5", "Write it as --budget tokens=2000000."],
    ["wall=soon", "Write it as --budget wall=2h."],
    ["money=3", "A limit is one of usd, tokens, launches, wall: --budget usd=12."],
    ["usd", "Write it as --budget usd=12."],
    ["usd=-1", "Write it as --budget usd=12."],
  ])("refuses %s before anything is read", async (given, remedy) => {
    const folder = new Folder();
    const { code, stderr } = await folder.here(["resume", "r", "--budget", given]);
    expect([code, lines(stderr).slice(0, 2)]).toEqual([
      2,
      [`error  invalid_argument  --budget cannot be read: \`${given}\`.`, `       ${remedy}`],
    ]);
  });
});
