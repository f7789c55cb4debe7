import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/;

/** The status and the subject of each line. */
const shortened = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(TIME, "").split(/ {2,}/).slice(0, 2).join(" "));

/** A folder with a run `r` that was paused in its second step and then resumed. */
async function resumedRun(): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": CHAIN });
  const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
  await run.until(/^started +two/m);
  await folder.here(["pause", "r"]);
  folder.write("go");
  await run.ended;
  await folder.here(["resume", "r"]);
  return folder;
}

describe("axw events", () => {
  test("prints what happened to the run and its steps, without internal states", async () => {
    const folder = await resumedRun();
    const printed = shortened((await folder.here(["events", "r"])).stdout);
    expect(printed).toEqual([
      "started one",
      "completed one",
      "started two",
      "paused run r",
      "completed two",
      "resumed run r",
      "started three",
      "completed three",
      "completed run r",
    ]);
  });

  test("adds every state that the run passes through with --all", async () => {
    const folder = await resumedRun();
    const [some, all] = await Promise.all([
      folder.here(["events", "r"]),
      folder.here(["events", "r", "--all"]),
    ]);
    const states = all.stdout
      .split("\n")
      .flatMap((line) => line.match(/run r {2}(\w+)$/)?.[1] ?? []);
    expect(states.slice(0, 6)).toEqual([
      "parsing",
      "validating_workflow",
      "building_dependency_graph",
      "scheduling_steps",
      "executing_steps",
      "awaiting_completion",
    ]);
    expect(all.stdout).toMatch(/ resumed {5}run r {2}executing_steps$/m);
    const withoutStates = (text: string) =>
      text.split("\n").filter((line) => !/_|parsing/.test(line));
    expect(withoutStates(all.stdout)).toEqual(
      withoutStates(some.stdout).filter((line) => !line.includes("resumed")),
    );
  });

  test("prints the same lines while it follows a run as afterwards", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: one, agentId: slow, task: one}
  - {id: other, agentId: slow, task: other}
  - {id: two, agentId: bad, task: two, dependencies: [one, other], retry: {max: 1, backoff: 1ms}}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`),
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await run.until(/^started +one/m);
    const followed = folder.start(["events", "r", "--follow", "--json"]);
    await followed.until(/step_started/);
    folder.write("go");
    await run.ended;
    const live = ndjson((await followed.ended).stdout);
    expect(live).toEqual(ndjson((await folder.here(["events", "r", "--json"])).stdout));
    const types = live.map(({ type }) => type);
    expect([types.slice(0, 2), types.slice(-3), new Set(live.map(({ seq }) => seq)).size]).toEqual([
      ["step_started", "step_started"],
      ["step_failed", "step_skipped", "run_state"],
      live.length,
    ]);
  });
});
