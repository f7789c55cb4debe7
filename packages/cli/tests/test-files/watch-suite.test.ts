import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/main.js";
import { Folder } from "../harness/axw.js";
import { FakeIo } from "../harness/FakeIo.js";

const FLOW = "id: flow\nsteps:\n  - { id: a, agentId: writer, task: { file: task.md } }\n";

const cases = (...texts: string[]): string =>
  JSON.stringify({
    workflow: "flow.yaml",
    cases: texts.map((text, index) => ({
      id: `case-${index + 1}`,
      agents: { writer: { echo: true } },
      expect: { results: { a: text } },
    })),
  });

const files = { "flow.yaml": FLOW, "task.md": "Write", "flow.test.json": cases("Write", "Draw") };

describe("axw test --watch", () => {
  test("plays the cases again when a task file changes, and ends with Ctrl-C and the last code", async () => {
    const folder = new Folder(files);
    const running = folder.start(["test", "--watch"]);
    await running.until(/1 passed, 1 failed\nwatching 3 files\n$/);
    folder.write("flow.test.json", cases("Draw"));
    folder.write("task.md", "Draw");
    await running.until(/1 passed, 0 failed\nwatching 3 files\n$/);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
  });

  test("reports a file with errors, and continues when it is correct", async () => {
    const folder = new Folder({ ...files, "flow.test.json": "{" });
    const running = folder.start(["test", "--watch"]);
    await running.until(/watching 1 file\n$/);
    folder.write("flow.test.json", cases("Write"));
    await running.until(/1 passed, 0 failed\nwatching 3 files\n$/);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });

  test("waits for a test file that is removed, and plays it when it is back", async () => {
    const folder = new Folder({ ...files, "flow.test.json": cases("Write") });
    const running = folder.start(["test", "flow.test.json", "--watch"]);
    await running.until(/1 passed, 0 failed\nwatching 3 files\n$/);
    rmSync(join(folder.path, "flow.test.json"));
    await running.until(/flow\.test\.json does not exist/);
    folder.write("flow.test.json", cases("Draw"));
    await running.until(/0 passed, 1 failed\nwatching 3 files\n$/);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(1);
  });

  test("plays only the failed cases with `f`, all with `a`, and ends with `q` on a terminal", async () => {
    const folder = new Folder(files);
    const io = new FakeIo({
      cwd: folder.path,
      typed: [
        "x",
        "f",
        async () => {
          writeFileSync(join(folder.path, "unrelated.txt"), "");
          return "a";
        },
        "q",
      ],
    });
    expect(await main(["test", "--watch"], io)).toBe(1);
    const tallies = io.out.text.match(/\d passed, \d failed/gu);
    expect(tallies).toEqual(["1 passed, 1 failed", "0 passed, 1 failed", "1 passed, 1 failed"]);
  });
});

describe("the report of axw test --reporter junit", () => {
  test("replaces an earlier report, and no other file", async () => {
    const folder = new Folder({
      ...files,
      "flow.test.json": cases("Write"),
      "out.xml": "<old/>",
      "empty.xml": "",
    });
    const code = async (output: string): Promise<number | null> =>
      (await folder.here(["test", "--reporter", "junit", "--output", output])).code;
    expect([await code("out.xml"), await code("empty.xml")]).toEqual([0, 0]);
    const refused = await folder.here(["test", "--reporter", "junit", "--output", "flow.yaml"]);
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      2,
      "",
      "error  invalid_argument  The file flow.yaml exists and is not XML: the report would replace " +
        "it.\n       Give another path, or remove the file.\nnext   cat flow.yaml\n",
    ]);
    expect(readFileSync(join(folder.path, "flow.yaml"), "utf8")).toBe(FLOW);
  });

  test("says which files have errors, so that CI does not read an earlier one", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW,
      "a.test.yaml": "workflow: flow.yaml\ncase: 1\n",
    });
    const { code } = await folder.here(["test", "--reporter", "junit", "--output", "out.xml"]);
    const text = readFileSync(join(folder.path, "out.xml"), "utf8");
    expect([code, text.split("\n").slice(0, 4)]).toEqual([
      2,
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="axw test" tests="1" failures="0" errors="1" skipped="0" time="0.000">',
        '  <testsuite name="a.test.yaml" file="a.test.yaml" tests="1" failures="0" errors="1" skipped="0" time="0.000">',
        '    <testcase name="a.test.yaml" classname="a.test.yaml" file="a.test.yaml" time="0.000">',
      ],
    ]);
    expect(text).toContain("a.test.yaml:2:1");
  });
});

describe("axw test --reporter junit", () => {
  test("writes a report beside what it prints, or to stdout", async () => {
    const folder = new Folder({ ...files, "flow.test.json": cases("Write") });
    const beside = await folder.here(["test", "--reporter", "junit", "--output", "out.xml"]);
    expect([beside.stdout, folder.has("out.xml")]).toEqual([
      "passed  case-1\n1 passed, 0 failed\n",
      true,
    ]);
    const printed = await folder.here(["test", "--reporter", "junit"]);
    expect([printed.stdout.split("\n")[0], printed.stderr]).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      "passed  case-1\n1 passed, 0 failed\n",
    ]);
  });

  test("is required for --output, whose folder must exist", async () => {
    const folder = new Folder(files);
    const alone = await folder.here(["test", "--output", "out.xml"]);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--reporter junit")]);
    const lost = await folder.here(["test", "--reporter", "junit", "--output", "no/out.xml"]);
    expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining("cannot be written")]);
  });
});
