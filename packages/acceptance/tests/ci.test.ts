import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Ended, type Part, PartRunner } from "../../../scripts/ci/part.ts";
import { type Plan, type Result, runParts } from "../../../scripts/ci/run-parts.ts";
import { isPassed, summary } from "../../../scripts/ci/summary.ts";

const part = (name: string, more: Partial<Part> = {}): Part => ({
  name,
  command: ["true"],
  ...more,
});

const ok: Ended = { isOk: true, seconds: 60, output: "" };

/** Whatever begins because of what has ended has begun after a turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs a plan; each part ends when the test ends it. */
async function play(plan: Plan) {
  const begun: string[] = [];
  const ends = new Map<string, (ended: Ended) => void>();
  const results = runParts(plan, {
    run: ({ name, command: [word] }) => {
      begun.push(word === "again" ? `${name} again` : name);
      return new Promise((resolve) => ends.set(name, resolve));
    },
  });
  const end = async (name: string, ended: Partial<Ended> = {}): Promise<void> => {
    ends.get(name)?.({ ...ok, ...ended });
    await turn();
  };
  await turn();
  return { begun, end, results };
}

describe("runParts", () => {
  test("runs the lanes of a stage beside each other, and everything else alone", async () => {
    const { begun, end, results } = await play([
      [[part("first")]],
      [[part("a1"), part("a2")], [part("b")]],
      [[part("last 1"), part("last 2")]],
    ]);
    expect(begun).toEqual(["first"]);
    await end("first");
    expect(begun).toEqual(["first", "a1", "b"]);
    await end("a1");
    await end("a2");
    expect(begun).toEqual(["first", "a1", "b", "a2"]);
    await end("b");
    expect(begun.slice(4)).toEqual(["last 1"]);
    await end("last 1");
    await end("last 2");
    expect((await results).map(({ part: { name } }) => name)).toEqual([
      ...["first", "a1", "a2", "b", "last 1", "last 2"],
    ]);
  });

  test("runs the parts after one that fails", async () => {
    const { begun, end, results } = await play([
      [[part("first")]],
      [[part("a1"), part("a2")]],
      [[part("last")]],
    ]);
    for (const name of ["first", "a1", "a2", "last"]) await end(name, { isOk: false });
    expect(begun).toEqual(["first", "a1", "a2", "last"]);
    expect((await results).map(({ isOk }) => isOk)).toEqual([false, false, false, false]);
  });

  test("repeats alone what has failed in a stage, if the part says how", async () => {
    const again: Part["again"] = ["again"];
    const { begun, end, results } = await play([
      [[part("a", { again }), part("b")], [part("c", { again })]],
      [[part("last")]],
    ]);
    await end("a", { isOk: false });
    await end("b", { isOk: false });
    expect(begun).toEqual(["a", "c", "b"]);
    await end("c", { isOk: false });
    expect(begun).toEqual(["a", "c", "b", "a again"]);
    await end("a", { output: "again" });
    await end("c", { isOk: false });
    await end("last", { isOk: false });
    expect(begun).toEqual(["a", "c", "b", "a again", "c again", "last"]);
    expect(
      (await results).map(({ part: { name }, isOk, isUnstable, seconds, output }) => [
        ...[name, isOk, isUnstable, seconds, output],
      ]),
    ).toEqual([
      ["a", true, true, 120, "again"],
      ["b", false, false, 60, ""],
      ["c", false, false, 120, ""],
      ["last", false, false, 60, ""],
    ]);
  });
});

const result = (name: string, more: Partial<Result> = {}): Result => ({
  part: part(name),
  ...ok,
  isUnstable: false,
  ...more,
});

const TESTED = "tests/a.test.ts\nunstable: a.test.ts waits\n\n12 passed, 0 failed, 1 skipped\n";

describe("the end of CI", () => {
  test("has the minutes of each part, and the closing line of the tests at the very end", () => {
    const results = [result("verify"), result("tests", { seconds: 600, output: TESTED })];
    expect(summary(results, 702)).toEqual([
      "part         minutes",
      "verify           1.0",
      "tests           10.0",
      "total           11.7",
      "unstable: a.test.ts waits",
      "12 passed, 0 failed, 1 skipped",
    ]);
    expect(isPassed(results)).toBe(true);
  });

  test("names what failed and what is unstable", () => {
    const output = "failed: b.test.ts adds: 3 is not 4\n11 passed, 1 failed\n";
    const results = [
      result("tests", { isOk: false, output }),
      result("crash", { isUnstable: true }),
      result("sim", { isOk: false }),
    ];
    expect(summary(results, 60).slice(5)).toEqual([
      "failed: b.test.ts adds: 3 is not 4",
      "unstable: crash failed once, and passed when it was repeated",
      "failed: tests sim",
      "11 passed, 1 failed",
    ]);
    expect(isPassed(results)).toBe(false);
  });

  test("is a failure if the tests were not counted", () => {
    expect(isPassed([result("tests", { output: "built" })])).toBe(false);
    expect(isPassed([result("verify")])).toBe(false);
  });
});

describe("a PartRunner", () => {
  const runner = (): PartRunner => {
    const made = new PartRunner();
    onTestFinished(() => made.remove());
    return made;
  };

  test("keeps what a part prints on both streams, in order, and says how it ended", async () => {
    const script = "echo one; echo two >&2; echo three; exit 3";
    const { isOk, output } = await runner().run(part("x", { command: ["sh", "-c", script] }));
    expect([isOk, output]).toEqual([false, "one\ntwo\nthree\nx ended with exit code 3\n"]);
    const missing = await runner().run(part("y", { command: ["/no/program"] }));
    expect([missing.isOk, missing.output]).toEqual([false, expect.stringContaining("ENOENT")]);
    expect((await runner().run(part("z"))).isOk).toBe(true);
  });

  test("ends the parts in progress with the processes that they have started", async () => {
    const parts = runner();
    const folder = mkdtempSync(path.join(tmpdir(), "ci-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "pid");
    const script = `sleep 600 & echo begun; echo $! > ${file}.new; mv ${file}.new ${file}; wait`;
    const ended = parts.run(part("x", { command: ["sh", "-c", script] }));
    await vi.waitUntil(() => existsSync(file), { timeout: 20_000 });
    expect(parts.stop().map(({ part: { name }, output }) => [name, output])).toEqual([
      ["x", "begun\n"],
    ]);
    expect((await ended).output).toBe("begun\nx ended with SIGTERM\n");
    const pid = readFileSync(file, "utf8").trim();
    // A process that has ended stays in the list until its parent asks for it.
    const stateOf = (): string =>
      spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" }).stdout;
    await vi.waitUntil(() => !/^[^Z\s]/.test(stateOf()), { timeout: 20_000 });
    expect(parts.stop()).toEqual([]);
  });
});
