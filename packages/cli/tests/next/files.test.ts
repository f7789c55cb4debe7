import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, workflow } from "../harness/axw.js";
import { FILES } from "./lines.js";
import { expectedOutcome, PATH, tryLine } from "./type-line.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const NAMELESS = "id: nameless\nsteps: [{id: one, agentId: backend, task: one}]\n";

const TASK = "${{ inputs.word }} ${{ inputs.deep.a.b }} ${{ context.who }}";

/** A folder with workflow files. */
function folderWithFiles(): Folder {
  const folder = new Folder({
    "flow.yaml": ONE,
    "my flow.yaml": ONE,
    "-flow.yaml": ONE,
    "$(touch owned).yaml": ONE,
    "broken.yaml": "steps: 1\n",
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
    "team.yaml": `agents: {backend: {command: [sh, -c, 'cat >> launches; echo >> launches; echo done']}}\n`,
    "broken-team.yaml": "agents: {backend: {comand: [x]}}\n",
    "text.db": "not a database ".repeat(100),
    "empty.db": "",
    "chain.yaml":
      "id: chain\nagents: {sh: {command: [echo, hi]}}\nsteps:\n" +
      "  - {id: one, agentId: sh, task: one}\n" +
      "  - {id: two, agentId: backend, task: two, dependencies: [one]}\n",
    "failing-team.yaml": "agents: {backend: {command: ['false']}}\n",
  });
  mkdirSync(join(folder.path, "-dir"));
  symlinkSync("loop.db", join(folder.path, "loop.db"));
  return folder;
}

describe("the next line", () => {
  test.each(FILES.map((line) => [`axw ${line.typed.join(" ")}`, line] as const))(
    "can be pasted, and does what it says, after %s",
    async (_, line) => {
      const folder = folderWithFiles();
      if (line.action === "resume_with_agents")
        await folder.here(
          ["run", "chain.yaml", "--agents", "failing-team.yaml", "--run-id", "team-run"],
          { PATH },
        );
      const outcome = await tryLine(folder, line, "no run");
      expect([outcome, folder.has("owned")]).toEqual([expectedOutcome(line), false]);
    },
    30_000,
  );
});
