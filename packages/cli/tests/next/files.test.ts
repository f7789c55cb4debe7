import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, workflow } from "../harness/axw.js";
import type { Line } from "./Line.js";
import { FILES } from "./lines.js";
import { expectedOutcome, paste, printedLine, tryLine } from "./type-line.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const NAMELESS = "id: nameless\nsteps: [{id: one, agentId: backend, task: one}]\n";

const TEAM =
  "agents: {backend: {command: [sh, -c, 'cat >> launches; echo >> launches; echo done']}}\n";

const TASK = "${{ inputs.word }} ${{ inputs.deep.a.b }} ${{ context.who }}";

const CHAIN = `id: chain
agents: {sh: {command: [echo, hi]}}
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: backend, task: two, dependencies: [one]}
`;
const FAILING_TEAM = "agents: {backend: {command: ['false']}}\n";

/** A folder with workflow files. */
function folderWithFiles(): Folder {
  const folder = new Folder({
    "flow.yaml": ONE,
    "my flow.yaml": ONE,
    "-flow.yaml": ONE,
    "$(touch owned).yaml": ONE,
    "broken.yaml": "steps: 1\n",
    "agent.yaml": ONE.replace("agentId", "agent"),
    "word.yaml": workflow(
      "  - {id: one, agentId: sh, task: '${{ inputs.word }}'}\n",
      "inputs: {word: {type: string}}",
    ),
    "inputs.yaml": workflow(
      `  - {id: one, agentId: sh, task: '${TASK}'}\n`,
      "inputs: {word: {type: string}, deep: {type: object}, other: {type: number, default: 1}}",
    ),
    "in.json": '{"word": "word", "deep": {"a": {"b": 1}}}',
    "-in.json": "[]",
    "nameless.yaml": NAMELESS,
    "nameless-inputs.yaml": `inputs: {count: {type: number}}\n${NAMELESS}`,
    "preset.yaml": `agents: {backend: {preset: claude}}\n${NAMELESS}`,
    "program.yaml": `agents: {backend: {command: [./nowhere]}}\n${NAMELESS}`,
    "secret.yaml":
      "id: secret\nsteps: [{id: one, run: {command: [env], env: {A: '${{ secrets.A }}'}}}]\n",
    "team.yaml": TEAM,
    "broken-team.yaml": "agents: {backend: {comand: [x]}}\n",
    "text.db": "not a database ".repeat(100),
    "empty.db": "",
    "chain.yaml": CHAIN,
    "failing-team.yaml": FAILING_TEAM,
  });
  mkdirSync(join(folder.path, "-dir"));
  mkdirSync(join(folder.path, "first"));
  folder.write("first/first.yaml", ONE);
  symlinkSync("loop.db", join(folder.path, "loop.db"));
  return folder;
}

/** Starts the failed run that the line resumes, and removes what it was started with. */
async function prepare(folder: Folder, { typed: [verb, id] }: Line): Promise<void> {
  if (verb !== "resume" || id === undefined) return;
  const start = ["run", "chain.yaml", "--run-id", id, "--agents"];
  if (id === "lost-team") {
    await folder.here([...start, "failing-team.yaml"]);
    rmSync(join(folder.path, "failing-team.yaml"));
  } else if (id === "lost-folder") {
    const other = new Folder({ "chain.yaml": CHAIN, "agents.yaml": FAILING_TEAM });
    const database = join(folder.path, ".ax/workflow.db");
    mkdirSync(join(folder.path, ".ax"));
    await other.here([...start.slice(0, -1), "--db", database]);
    rmSync(other.path, { recursive: true });
    renameSync(join(folder.path, "team.yaml"), join(folder.path, "agents.yaml"));
  } else {
    writeFileSync(join(folder.path, "agents.yaml"), FAILING_TEAM);
    await folder.here(start.slice(0, -1));
    writeFileSync(join(folder.path, "agents.yaml"), "agents: {}\n");
  }
}

describe("the next line", () => {
  test.each(FILES.map((line) => [`axw ${line.typed.join(" ")}`, line] as const))(
    "can be pasted, and does what it says, after %s",
    async (_, line) => {
      const folder = folderWithFiles();
      await prepare(folder, line);
      const outcome = await tryLine(folder, line, "no run");
      expect([outcome, folder.has("owned")]).toEqual([expectedOutcome(line), false]);
    },
    30_000,
  );

  test("passes an agents file of a folder above, which is not used without being given", async () => {
    const folder = new Folder({ "agents.yaml": TEAM });
    for (const name of ["flows", "below"]) mkdirSync(join(folder.path, name));
    folder.write("flows/nameless.yaml", NAMELESS);
    const printed = printedLine(
      await paste(folder, "cd below && axw run ../flows/nameless.yaml --ui lines").ended,
    );
    const { code } = await paste(folder, `cd below && ${printed}`).ended;
    expect([printed, code]).toEqual([
      `axw run ../flows/nameless.yaml --ui lines --agents ${folder.path}/agents.yaml`,
      0,
    ]);
  });
});
