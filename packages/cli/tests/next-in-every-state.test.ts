import { cpSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Ended, Folder, ndjson, workflow } from "./harness/axw.js";

const FLOW = workflow(`  - {id: one, agentId: sh, task: one, checkpoint: early}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
`);
const FAILING = workflow("  - {id: one, agentId: bad, task: one}\n");

/** Brings a folder into a state, and returns the run id. */
type Prepare = (folder: Folder) => Promise<string>;

async function runId(folder: Folder): Promise<string> {
  const [run] = ndjson((await folder.here(["list", "--json"])).stdout);
  return String(run?.["runId"]).slice(-6);
}

async function finished(folder: Folder, file = "flow.yaml"): Promise<string> {
  folder.write("go");
  await folder.here(["run", file]);
  return runId(folder);
}

async function orphaned(folder: Folder): Promise<string> {
  const run = folder.start(["run", "flow.yaml"]);
  await run.until(/^started +two/m);
  await folder.untilLaunched(2);
  run.child.kill("SIGKILL");
  await run.ended;
  folder.write("go");
  return runId(folder);
}

const STATES: Readonly<Record<string, Prepare>> = {
  completed: (folder) => finished(folder),
  failed: (folder) => finished(folder, "failing.yaml"),
  orphaned,
  async paused(folder) {
    const id = await orphaned(folder);
    await folder.here(["pause", id]);
    return id;
  },
  async cancelled(folder) {
    const id = await orphaned(folder);
    await folder.here(["cancel", id]);
    return id;
  },
};

const VERBS: readonly (readonly string[])[] = [
  ["show", "RUN"],
  ["logs", "RUN", "one", "--attempt", "9"],
  ["logs", "RUN", "nowhere"],
  ["checkpoint", "RUN"],
  ["checkpoint", "list", "RUN"],
  ["pause", "RUN"],
  ["cancel", "RUN"],
  ["resume", "RUN"],
  ["resume", "CHECKPOINT"],
  ["list", "--status", "running"],
  ["doctor"],
  ["doctor", "--verify"],
  ["gc"],
  ["gc", "--keep", "0", "--dry-run"],
  ["agents", "flow.yaml"],
  ["validate", "flow.yaml"],
  ["plan", "flow.yaml"],
  ["graph", "nowhere"],
];

/** The words of the printed next command, and of each command in a note. */
function nextCommands({ stdout, stderr }: Ended): string[][] {
  return [...`${stderr}${stdout}`.matchAll(/(?:next {3}|logs {3}|: )axw (.*)$/gm)].map(
    ([, words = ""]) => words.split(" ").map((word) => (word === "FILE" ? "flow.yaml" : word)),
  );
}

/** A copy of a folder that a command may change. */
function copyOf(folder: Folder): Folder {
  const copy = new Folder();
  cpSync(folder.path, copy.path, { recursive: true });
  return copy;
}

describe("the next command", () => {
  test.each(Object.entries(STATES))(
    "is accepted after every command while the run is %s",
    async (_, prepare) => {
      const prepared = new Folder({ "flow.yaml": FLOW, "failing.yaml": FAILING });
      const id = await prepare(prepared);
      const listed = await prepared.here(["checkpoint", "list", id, "--json"]);
      const [first] = listed.stdout === "" ? [] : ndjson(listed.stdout);
      const checkpoint = String(first?.["checkpointId"]).slice(-6);
      const refusals: unknown[] = [];
      for (const verb of VERBS) {
        const args = verb.map((word) => ({ RUN: id, CHECKPOINT: checkpoint })[word] ?? word);
        const folder = copyOf(prepared);
        const printed = nextCommands(await folder.here(args));
        for (const next of printed) {
          const { stderr } = await folder.here(next);
          const [refusal] = /^error {2}.*$/m.exec(stderr) ?? [];
          if (refusal !== undefined) refusals.push({ args, next, refusal });
        }
      }
      expect(refusals).toEqual([]);
    },
    60_000,
  );

  test.each([
    ["show", "RUN"],
    ["checkpoint", "RUN"],
    ["checkpoint", "list", "RUN"],
    ["pause", "RUN"],
    ["cancel", "RUN"],
    ["resume", "RUN"],
    ["gc", "--vacuum"],
  ])("is accepted after axw %s %s while another process owns the run", async (...verb) => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(/^started +two/m);
    const id = await runId(folder);
    const ended = await folder.here(verb.map((word) => (word === "RUN" ? id : word)));
    const [next = [], ...others] = nextCommands(ended);
    // A paused run is resumed once its process has let its step finish.
    folder.write("go");
    if (verb[0] === "pause" || verb[0] === "checkpoint") await run.ended;
    const { stderr } = await folder.here(next);
    await run.ended;
    expect({ next, others, refusal: /^error {2}.*$/m.exec(stderr)?.[0] }).toEqual({
      next: expect.arrayContaining([expect.any(String)]),
      others: [],
      refusal: undefined,
    });
  });
});
