import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pathArgument, shellWord } from "../src/command.js";
import { type Ended, Folder } from "./harness/axw.js";

const FLOW = "id: w\nsteps: [{ id: a, agentId: a, task: x }]\n";

function firstLine({ stderr, stdout }: Ended): string {
  return `${stderr}${stdout}`.split("\n")[0] ?? "";
}

/** What ESC, BEL, a C1 control and a mark of direction would do in a terminal. */
// oxlint-disable-next-line no-control-regex -- the expression looks for these characters.
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;
const HOSTILE = "x\u001b[2J\u0007\u009b31m\u202ey";

describe("a file that cannot be read is refused with a code and a remedy:", () => {
  const places: Readonly<Record<string, (name: string) => readonly string[]>> = {
    validate: (name) => ["validate", name],
    plan: (name) => ["plan", name],
    simulate: (name) => ["simulate", name],
    graph: (name) => ["graph", name],
    agents: (name) => ["agents", name],
    run: (name) => ["run", name],
    "--inputs": (name) => ["run", "flow.yaml", "--inputs", name],
    "--agents": (name) => ["run", "flow.yaml", "--agents", name],
  };

  test.each(Object.entries(places))("%s", async (_, argsFor) => {
    const folder = new Folder({ "flow.yaml": FLOW, "plain.txt": "" });
    symlinkSync("loop.yaml", join(folder.path, "loop.yaml"));
    mkdirSync(join(folder.path, "folder.yaml"));
    const names = ["loop.yaml", `${"n".repeat(300)}.yaml`, "plain.txt/x.yaml", "folder.yaml"];
    const ended = [];
    for (const name of names) ended.push(await folder.here(argsFor(name)));
    expect(ended.map(firstLine)).toEqual(
      [
        "symbolic links form a loop",
        "name is longer than the system allows|is neither a preset|nnn",
        "a part of its path is not a folder|does not exist|is neither a preset",
        "is a folder",
      ].map((says) =>
        expect.stringMatching(
          new RegExp(`^error {2}(invalid_argument|invalid_input|unknown_agent) {2}.*(${says})`),
        ),
      ),
    );
    expect(
      ended.map(({ code, stderr }) => [code, stderr.trimEnd().split("\n").length > 2]),
    ).toEqual(names.map(() => [2, true]));
  });

  test("a link to nothing beside the workflow file, in the place of agents.yaml", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    symlinkSync("nowhere.yaml", join(folder.path, "agents.yaml"));
    const ended = await folder.here(["run", "flow.yaml"]);
    expect([ended.code, firstLine(ended)]).toEqual([
      2,
      expect.stringMatching(/^error {2}invalid_argument {2}The agents file .* does not exist/),
    ]);
  });

  test.each(["--agents", "--inputs"])("a device without an end, given to %s", async (flag) => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { code, stderr } = await folder.here(["run", "flow.yaml", flag, "/dev/zero"]);
    expect([code, stderr.replace(/\s+/g, " ")]).toEqual([
      2,
      expect.stringMatching(/\/dev\/zero is larger than \d+ bytes.*next axw run --help $/),
    ]);
  });

  test("an agents file without a workflow to which it applies", async () => {
    const { code, stderr } = await new Folder().here(["agents", "--agents", "missing.yaml"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("needs a workflow file")]);
  });

  test("the current folder, after it was deleted", () => {
    const folder = new Folder();
    mkdirSync(join(folder.path, "gone"));
    const script = 'rmdir "$PWD"; "$@" 2>&1; echo "code $?"; "$@" --help | head -1';
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const shown = execFileSync("bash", ["-c", script, "-", process.execPath, bin, "list"], {
      cwd: join(folder.path, "gone"),
      encoding: "utf8",
    });
    expect(shown).toBe(`error  invalid_argument  The current folder no longer exists.
       Change to another folder, then run the command again.
next   axw list --help
code 2
Usage: axw list [options]
`);
  });
});

describe("an agents file from a pipe", () => {
  test("is read to its end", () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const script = `"$0" "$1" run flow.yaml --agents <(echo 'agents: { a: { command: [echo, hi] } }') --inputs <(echo '{}')`;
    const shown = execFileSync("bash", ["-c", script, process.execPath, bin], {
      cwd: folder.path,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(shown).toMatch(/completed {3}run/);
  });
});

describe("text of the command line", () => {
  test.each([
    ["an option", ["list", `--${HOSTILE}`]],
    ["a value of an option", ["list", "--status", HOSTILE]],
    ["a number", ["list", "--limit", HOSTILE]],
    ["a command", [HOSTILE]],
    ["a file", ["validate", HOSTILE]],
    ["a run id", ["show", HOSTILE]],
    ["a new run id", ["run", "flow.yaml", "--agents", "simulated", "--run-id", HOSTILE]],
    ["a database", ["list", "--db", `${HOSTILE}/x.db`]],
    ["a database to run in", ["run", "flow.yaml", "--agents", "simulated", "--db", HOSTILE]],
    ["an agents file", ["run", "flow.yaml", "--agents", HOSTILE]],
    ["an inputs file", ["run", "flow.yaml", "--inputs", HOSTILE]],
    ["an input", ["run", "flow.yaml", "--input", `${HOSTILE}=1`]],
    ["the name of a checkpoint", ["checkpoint", "x", "--name", HOSTILE]],
    ["a duration", ["gc", "--older-than", HOSTILE]],
  ])("is printed without terminal controls: %s", async (_, args) => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { stdout, stderr } = await folder.here(args);
    expect(stdout + stderr).not.toMatch(RAW);
    const json = await folder.here([...args, "--json"]);
    expect(json.stdout + json.stderr).not.toMatch(RAW);
  });
});

describe("a file whose name begins with a dash", () => {
  test("is named in a way that every printed command can use", async () => {
    const folder = new Folder({ "-flow.yaml": FLOW });
    const plain = await folder.here(["validate", "-flow.yaml"]);
    const marked = await folder.here(["validate", "--", "-flow.yaml"]);
    expect([plain.stderr, marked.stdout, marked.stderr]).toEqual([
      "error  invalid_argument  unknown option '-flow.yaml'\n" +
        "       For the file with this name, write ./-flow.yaml.\n" +
        "next   axw validate --help\n",
      "./-flow.yaml: valid  w 1.0.0, 1 step\n",
      "next   axw plan ./-flow.yaml\n",
    ]);
  });
});

describe("a printed command", () => {
  test.each([
    "plain.db",
    "with space",
    "it's",
    "x;touch PWNED;#",
    "$(id) `id` $HOME",
    "a\nb\tc",
    "back\\slash and 'quote'",
    HOSTILE,
    "zero\u200bwidth",
    "Grüße 日本",
    "-flag",
    "",
  ])("passes %j to the program unchanged", (word) => {
    const typed = `printf %s ${shellWord(word)}`;
    expect(execFileSync("bash", ["-c", typed], { encoding: "utf8" })).toBe(word);
    expect(typed).not.toMatch(RAW);
  });

  test("of doctor quotes the path", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const name = "-x;touch PWNED;#";
    mkdirSync(join(folder.path, name));
    const db = `${name}/w.db`;
    await folder.here(["run", "flow.yaml", "--agents", "simulated", `--db=${db}`]);
    execFileSync("chmod", ["644", "--", db], { cwd: folder.path });
    const { stdout } = await folder.here(["doctor", `--db=${db}`]);
    expect(stdout).toContain(`permissions: chmod 600 './-x;touch PWNED;#/w.db'\n`);
    expect(pathArgument(db)).toBe(`./${db}`);
  });
});
