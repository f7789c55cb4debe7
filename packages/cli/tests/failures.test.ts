import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { Folder, ndjson } from "./harness/axw.js";

const KEY = "the API key is not set";

const FAILING = `id: w
agents:
  py: {command: [bash, -c, "cat traceback.txt >&2; exit 1"]}
  node: {command: [node, fail.mjs]}
  progress: {command: [bash, -c, "echo 'fatal: ${KEY}' >&2; seq 5000 >&2; exit 1"]}
  silent: {command: [bash, -c, "echo 'Error: ${KEY}'; echo warning: deprecated >&2; exit 1"]}
steps:
  - {id: py, agentId: py, task: x}
  - {id: node, agentId: node, task: x}
  - {id: progress, agentId: progress, task: x}
  - {id: silent, agentId: silent, task: x}
`;

const FILES = {
  "flow.yaml": FAILING,
  "traceback.txt": [
    "Traceback (most recent call last):",
    ...Array.from({ length: 20 }, () => '  File "fail.py", line 3, in a\n    a(n - 1)'),
    `ValueError: ${KEY}`,
    "",
  ].join("\n"),
  "fail.mjs": `const deep = async (n) => {
  await null;
  if (n === 0) throw new Error("${KEY}");
  return deep(n - 1);
};
await deep(12);
`,
};

describe("the reason of a failure", () => {
  test("is what the program says, in run, show and list", async () => {
    const folder = new Folder(FILES);
    const run = await folder.here(["run", "flow.yaml", "--run-id", "r", "--ui", "lines"]);
    const failed = run.stdout.split("\n").filter((line) => /^failed +\w+ +attempt/.test(line));
    expect(failed.map((line) => line.replace(/^failed +(\w+) .*?ms  /, "$1  ")).toSorted()).toEqual(
      [
        `node  program \`node\` exited with code 1: Error: ${KEY}`,
        `progress  program \`bash\` exited with code 1: fatal: ${KEY}`,
        `py  program \`bash\` exited with code 1: ValueError: ${KEY}`,
        `silent  program \`bash\` exited with code 1: Error: ${KEY}`,
      ],
    );
    const show = await folder.here(["show", "r"]);
    expect(show.stdout).toContain(
      `  py: program \`bash\` exited with code 1: ValueError: ${KEY}\n` +
        "    Traceback (most recent call last):\n",
    );
    expect(show.stdout).toContain("    [… 4,985 lines …]\n");
    const list = await folder.here(["list"]);
    expect(list.stdout).toContain(
      `py failed: program \`bash\` exited with code 1: ValueError: ${KEY} (and 3 more)\n`,
    );
  });
});

describe("the log of an attempt that prints more than is stored", () => {
  test("has its beginning and its end, and says what is missing between them", async () => {
    const folder = new Folder({
      "flow.yaml": `id: w
agents: {loud: {command: [bash, -c, "echo first; yes 'a line of output' | head -c 20000000; echo; echo last"]}}
steps: [{id: loud, agentId: loud, task: x}]
`,
    });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const storage = openSqliteStorage({ path: join(folder.path, ".ax/workflow.db") });
    const pieces = storage.readLogs("r").map(({ text }) => text);
    storage.close();
    const text = pieces.join("");
    const mark = /\n\[… ([\d,]+) characters of output are not stored …\]\n/.exec(text);
    const cutCount = Number(mark?.[1]?.replaceAll(",", ""));
    expect([
      text.startsWith("first\n"),
      text.endsWith("\nlast\n"),
      text.length - (mark?.[0].length ?? 0) + cutCount,
    ]).toEqual([true, true, 20_000_012]);
    const logs = await folder.here(["logs", "r", "loud"]);
    expect(logs.stdout).toContain(`[… ${mark?.[1]} characters of output are not stored …]\n`);
    const events = ndjson((await folder.here(["logs", "r", "--json"])).stdout);
    expect(events.some(({ text }) => String(text).includes("are not stored"))).toBe(true);
  });
});
