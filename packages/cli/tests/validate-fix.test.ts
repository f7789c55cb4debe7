import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, ndjson } from "./harness/axw.js";

const WRONG = `# The comment stays.
id: notes
steps:
  - id: write # the first
    agent: w
    task: Write it.

  - id: check
    agentId: w
    task: >-
      Check \${{ steps.write.output }}.
  - { id: end, agentId: w, needs: [check], task: "Sum up \${{ steps.write.output }}" }
`;

const FIXED = WRONG.replace("agent: w", "agentId: w")
  .replace("- id: check\n", "- id: check\n    dependencies: [write]\n")
  .replace("needs:", "dependencies:");

const read = (folder: Folder, name: string) => readFileSync(join(folder.path, name), "utf8");

describe("axw validate --fix", () => {
  test("makes the safe fixes, keeps comments and layout, and says what it changed", async () => {
    const folder = new Folder({ "notes.yaml": WRONG });
    const ended = await folder.here(["validate", "--fix", "notes.yaml"]);
    expect({ ...ended, text: read(folder, "notes.yaml") }).toEqual({
      code: 0,
      stdout: [
        "notes.yaml:5:5  fixed  AXW1101  write `agentId`",
        "notes.yaml:11:17  fixed  AXW1305  add `write` to `dependencies`",
        "notes.yaml:12:28  fixed  AXW1101  write `dependencies`",
        "notes.yaml: valid  notes 1.0.0, 3 steps",
        "",
      ].join("\n"),
      stderr: "next   axw plan notes.yaml\n",
      text: FIXED,
    });
  });

  test("changes nothing when it is run again", async () => {
    const folder = new Folder({ "notes.yaml": FIXED });
    const before = statSync(join(folder.path, "notes.yaml"));
    const ended = await folder.here(["validate", "--fix", "notes.yaml"]);
    const after = statSync(join(folder.path, "notes.yaml"));
    expect([ended.stdout, after.ino, after.mtimeMs]).toEqual([
      "notes.yaml: valid  notes 1.0.0, 3 steps\n",
      before.ino,
      before.mtimeMs,
    ]);
  });

  test("reports what it cannot fix, and exits with 2", async () => {
    const folder = new Folder({
      "notes.yaml": WRONG.replace("task: Write it.", "tsak: Write it."),
    });
    const { code, stdout, stderr } = await folder.here(["validate", "--fix", "notes.yaml"]);
    expect([code, stdout.split("\n").filter((line) => line.startsWith("notes")), stderr]).toEqual([
      2,
      [
        "notes.yaml:5:5  fixed  AXW1101  write `agentId`",
        "notes.yaml:11:17  fixed  AXW1305  add `write` to `dependencies`",
        "notes.yaml:12:28  fixed  AXW1101  write `dependencies`",
        "notes.yaml:6:5  error  AXW1101  unknown key `tsak`",
      ],
      "next   axw validate notes.yaml\n       (after fixing it)\n",
    ]);
  });

  test("prints a diff and writes nothing with --dry-run", async () => {
    const folder = new Folder({ "notes.yaml": WRONG });
    const ended = await folder.here(["validate", "--dry-run", "notes.yaml"]);
    const diff = ended.stdout.split("\n").filter((line) => line.startsWith("    "));
    expect([ended.code, diff.slice(0, 6), read(folder, "notes.yaml") === WRONG]).toEqual([
      2,
      [
        "    @@ line 3 @@",
        "     steps:",
        "       - id: write # the first",
        "    -    agent: w",
        "    +    agentId: w",
        "         task: Write it.",
      ],
      true,
    ]);
  });

  test("fixes JSON in its layout", async () => {
    const text =
      '{\n  "id": "notes",\n  "steps": [\n    {\n      "id": "a",\n      "agentId": "w",\n' +
      '      "task": "t"\n    },\n    {\n      "id": "b",\n      "agentId": "w",\n' +
      '      "task": "${{ steps[\\"a\\"].output }}"\n    }\n  ]\n}\n';
    const folder = new Folder({ "notes.json": text });
    const { code } = await folder.here(["validate", "--fix", "notes.json"]);
    expect([code, read(folder, "notes.json")]).toEqual([
      0,
      text.replace('"id": "b",\n', '"id": "b",\n      "dependencies": ["a"],\n'),
    ]);
  });

  test("keeps a link, the mode of the file and a byte order mark", async () => {
    const folder = new Folder({ "real.yaml": `\ufeff${WRONG}` });
    chmodSync(join(folder.path, "real.yaml"), 0o640);
    symlinkSync("real.yaml", join(folder.path, "notes.yaml"));
    await folder.here(["validate", "--fix", "notes.yaml"]);
    expect([
      lstatSync(join(folder.path, "notes.yaml")).isSymbolicLink(),
      statSync(join(folder.path, "real.yaml")).mode & 0o777,
      read(folder, "real.yaml"),
    ]).toEqual([true, 0o640, `\ufeff${FIXED}`]);
  });

  test("lists the fixes in JSON, and with each issue the fix that is not safe", async () => {
    const text = 'id: n\nsteps: [{ id: a, agent: w, tsak: "x" }]\n';
    const folder = new Folder({ "n.yaml": text });
    const { stdout } = await folder.here(["validate", "--fix", "--json", "n.yaml"]);
    const [document] = ndjson(stdout);
    const issues = document?.["issues"] as { code: string; fix?: unknown }[];
    expect([document?.["fixed"], issues.map(({ code, fix }) => ({ code, fix }))]).toEqual([
      [{ code: "AXW1101", title: "write `agentId`", line: 2, column: 18 }],
      [
        {
          code: "AXW1101",
          fix: {
            title: "write `task`",
            safe: false,
            edits: [{ start: 35, end: 39, text: "task" }],
          },
        },
      ],
    ]);
  });

  test("suggests itself for a file with a safe fix", async () => {
    const folder = new Folder({ "notes.yaml": WRONG });
    const { stderr } = await folder.here(["validate", "notes.yaml"]);
    expect(stderr).toBe(
      "next   axw validate --fix notes.yaml\n       (makes the safe fixes in the file)\n",
    );
  });

  test("refuses standard input, and leaves an agents file as it is", async () => {
    const folder = new Folder({ "agents.yaml": "agents:\n  w: { command: [cat] }\n" });
    const [stdin, agents] = [
      await folder.hereWithInput(["validate", "--fix", "-"], WRONG),
      await folder.here(["validate", "--fix", "agents.yaml"]),
    ];
    expect([stdin.code, stdin.stderr.split("\n")[0], agents.code]).toEqual([
      2,
      "error  invalid_argument  Standard input cannot be fixed: there is no file to write.",
      0,
    ]);
  });
});
