import type { StoredRun } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import { readRun } from "../src/database.js";
import { main } from "../src/main.js";
import { reportTold } from "../src/waiting/answer-run.js";
import { Folder, ndjson, type Running, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const GATES = workflow(`  - {id: notes, agentId: sh, task: notes}
  - id: review
    dependencies: [notes]
    gate: {ask: "Publish?", show: "\${{ steps.notes.output }}", form: {copies: integer, note: string?}}
  - {id: publish, agentId: sh, task: "copies: \${{ steps.review.output.copies }}", dependencies: [review]}
`);

interface Asked {
  readonly code: number;
  /** What is on the terminal, from the first question on. */
  readonly rows: readonly string[];
  readonly folder: Folder;
}

/** Runs \`axw\` with a person who types these lines. */
async function type(
  typed: readonly (string | (() => Promise<string>))[],
  args: readonly string[] = ["run", "flow.yaml", "--run-id", "r", "--ui", "lines"],
  folder = new Folder({ "flow.yaml": GATES }),
): Promise<Asked> {
  const terminal = { columns: 100, rows: 40 };
  const io = new FakeIo({ cwd: folder.path, env: { USER: "ann" }, terminal, typed });
  const code = await main(args, io);
  const text = io.out.plain;
  return { code, rows: text.slice(text.indexOf("? ")).split("\n"), folder };
}

async function stepOf(folder: Folder, stepId: string): Promise<Record<string, unknown>> {
  const [shown] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
  const steps = shown?.["steps"] as Record<string, unknown>[];
  return steps.find(({ id }) => id === stepId) ?? {};
}

describe("the question on the terminal", () => {
  test("is asked when a run waits; an approval with its values lets the run continue", async () => {
    const { code, rows, folder } = await type(["a", "3", ""]);
    expect({ code, launches: folder.launches(), rows: rows.slice(0, 3) }).toEqual({
      code: 0,
      launches: ["notes", "copies: 3"],
      rows: [
        "? review  Publish?",
        "  did notes",
        "  approve, reject, or later? [a/r/l]   copies (a whole number):   note (text, optional): " +
          "resuming run r",
      ],
    });
    expect((await stepOf(folder, "review"))["result"]).toEqual({ copies: 3, approved: true });
    expect((await folder.here(["events", "r"])).stdout).toMatch(/approved +review {2}by ann$/m);
  });

  test("is asked again for a value that does not fit, and for a word that it does not know", async () => {
    const { code, rows, folder } = await type(["what?", "approve", "", "many", "3", "two copies"]);
    expect({ code, launches: folder.launches() }).toEqual({
      code: 0,
      launches: ["notes", "copies: 3"],
    });
    expect(rows.filter((row) => row.includes("must be"))).toEqual([
      expect.stringContaining("`copies` must be a whole number; `many` is not."),
    ]);
  });

  test("asks for a value again that is not of its kind, and keeps the values before it", async () => {
    const folder = new Folder({
      "flow.yaml": GATES.replace(
        "{copies: integer, note: string?}",
        "{copies: integer, size: [s, l]}",
      ),
    });
    const args = ["run", "flow.yaml", "--run-id", "r", "--ui", "lines"];
    const { code, rows } = await type(["a", "2.5", "2", "medium", "l"], args, folder);
    expect([code, rows.filter((row) => row.includes("It must be"))]).toEqual([
      0,
      [
        expect.stringMatching(/It must be a whole number\.$/),
        expect.stringMatching(/It must be one of s, l\.$/),
      ],
    ]);
    expect((await stepOf(folder, "review"))["result"]).toEqual({
      copies: 2,
      size: "l",
      approved: true,
    });
  });

  test("can be answered with a rejection and a note", async () => {
    const { code, folder } = await type(["r", "not yet"]);
    const step = await stepOf(folder, "review");
    expect([code, step["status"], step["error"]]).toEqual([1, "failed", "rejected: not yet"]);
  });

  test.each([
    ["later", ["l"]],
    ["the end of the input", []],
    ["the end of the input in the middle", ["a"]],
  ])("is left open by %s: the run stays paused", async (_, typed) => {
    const { code, rows, folder } = await type(typed);
    expect([code, (await stepOf(folder, "review"))["status"], rows.at(-3)]).toEqual([
      3,
      "open",
      "next   axw approve r review --set copies=COPIES",
    ]);
  });

  test.each([["--no-ask"], ["--json"]])("is not asked with %s", async (flag) => {
    const { code, rows } = await type(["a", "3", ""], ["run", "flow.yaml", "--run-id", "r", flag]);
    expect([code, rows.some((row) => row.startsWith("? "))]).toEqual([3, false]);
  });

  test("is asked by `axw resume` too, one question after the other", async () => {
    const text = workflow(`  - {id: a, gate: {ask: "A?"}}
  - {id: b, gate: {ask: "B?"}}
  - {id: end, agentId: sh, task: end, dependencies: [a, b]}
`);
    const folder = new Folder({ "flow.yaml": text });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { code } = await type(["a", "", "a", ""], ["resume", "r"], folder);
    expect([code, folder.launches()]).toEqual([0, ["end"]]);
  });

  test("about a step of unknown outcome takes its result", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: pay, agentId: slow, task: pay, effect: external}
  - {id: receipt, agentId: sh, task: "for \${{ steps.pay.output }}", dependencies: [pay]}
`),
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await folder.untilLaunched(1);
    run.child.kill("SIGKILL");
    await run.ended;
    const { code } = await type(["d", "p-77"], ["resume", "r"], folder);
    expect([code, folder.launches()]).toEqual([0, ["pay", "for p-77"]]);
  });
});

describe("a run that another terminal continues while a person types", () => {
  const TWO = workflow(`  - {id: a, gate: {ask: "A?"}}
  - {id: b, gate: {ask: "B?"}}
  - {id: end, agentId: AGENT, task: end, dependencies: [b]}
  - {id: last, agentId: sh, task: last, dependencies: [a, end]}
`);

  const run = ["run", "flow.yaml", "--run-id", "r", "--ui", "lines"];

  const files = (agent: string): Record<string, string> => ({
    "flow.yaml": TWO.replace("AGENT", agent),
  });

  test("is summarised as it has ended there, with the answer that was typed here", async () => {
    const folder = new Folder(files("sh"));
    const answersTheOther = async (): Promise<string> => {
      await folder.here(["approve", "r", "b"]);
      return "l";
    };
    const { code, rows } = await type(["a", "", answersTheOther, ""], run, folder);
    expect({ code, launches: folder.launches(), last: rows.slice(-3, -2) }).toEqual({
      code: 0,
      launches: ["end", "last"],
      last: [expect.stringMatching(/^saved /)],
    });
    expect(rows.some((row) => row.includes("completed  run r in"))).toBe(true);
  });

  test("is not summarised while the other process works on it, which is named", async () => {
    const folder = new Folder(files("slow"));
    let other: Running | undefined;
    const answersTheOther = async (): Promise<string> => {
      other = folder.start(["approve", "r", "b"]);
      await folder.untilLaunched(1);
      return "a";
    };
    const { code, rows } = await type(["a", "", answersTheOther, ""], run, folder);
    expect({ code, last: rows.slice(-4) }).toEqual({
      code: 6,
      last: [
        expect.stringMatching(/Step `b` of run r .*`completed`\.$/),
        `Run r continues in process ${other?.child.pid}.`,
        "next   axw watch r",
        "",
      ],
    });
    folder.write("go");
    expect([(await other?.ended)?.code, folder.launches()]).toEqual([0, ["end", "last"]]);
  });

  test("shows only the questions that are still open after an answer elsewhere", async () => {
    const folder = new Folder(files("sh"));
    const answersThis = async (): Promise<string> => {
      await folder.here(["approve", "r", "a", "--no-resume"]);
      return "l";
    };
    const { code, rows } = await type([answersThis, "l"], run, folder);
    expect([code, rows.find((row) => row.startsWith("why"))]).toEqual([
      3,
      "why    waits for b: B?",
    ]);
  });
});

describe("reportTold", () => {
  const FLOW = workflow(`  - {id: review, gate: {ask: "Go?"}}
  - {id: end, agentId: slow, task: end, dependencies: [review]}
`);
  const told = { text: "Approved review of run r.", document: {} };

  async function waiting(): Promise<{ folder: Folder; io: FakeIo; run: StoredRun }> {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const io = new FakeIo({ cwd: folder.path });
    return { folder, io, run: await readRun(io, "r", {}) };
  }

  test("names the process that has resumed the run since the answer was recorded", async () => {
    const { folder, io, run } = await waiting();
    const other = folder.start(["approve", "r", "review"]);
    await folder.untilLaunched(1);
    const code = await reportTold(io, { run, pausedFor: "waiting" }, told, {});
    expect([code, io.err.text.trimEnd().split("\n"), io.out.text]).toEqual([
      0,
      [told.text, `Run r continues in process ${other.child.pid}.`, "next   axw watch r"],
      "",
    ]);
    folder.write("go");
    await other.ended;
  });

  test("does not resume a run that has ended since the answer was recorded", async () => {
    const { folder, io, run } = await waiting();
    await folder.here(["cancel", "r"]);
    const code = await reportTold(io, { run, pausedFor: "waiting" }, told, {});
    expect([code, io.err.text.trimEnd().split("\n"), io.out.text]).toEqual([
      0,
      [told.text, "Run r is cancelled.", "next   axw show r"],
      "",
    ]);
  });
});

describe.runIf(process.platform === "linux")("on a real terminal", () => {
  const size = { columns: 100, rows: 30 };

  test("a person types the answer, below the live view", async () => {
    const folder = new Folder({ "flow.yaml": GATES });
    const run = folder.onTerminal(["run", "flow.yaml", "--run-id", "r"], size);
    await run.until(/\[a\/r\/l\]/);
    run.child.stdin.write("a\n");
    await run.until(/copies \(a whole number\)/);
    run.child.stdin.write("2\n");
    await run.until(/note \(text, optional\)/);
    run.child.stdin.write("\n");
    const { code } = await run.ended;
    expect({ code, launches: folder.launches() }).toEqual({
      code: 0,
      launches: ["notes", "copies: 2"],
    });
  });

  test("Ctrl-C leaves the question open, and the run can be answered later", async () => {
    const folder = new Folder({ "flow.yaml": GATES });
    const run = folder.onTerminal(["run", "flow.yaml", "--run-id", "r"], size);
    await run.until(/\[a\/r\/l\]/);
    run.child.stdin.write("\u0003");
    const { code, stdout } = await run.ended;
    expect([code, stdout.includes("axw approve r review")]).toEqual([130, true]);
    const later = await folder.here(["approve", "r", "review", "--set", "copies=1"]);
    expect([later.code, folder.launches()]).toEqual([0, ["notes", "copies: 1"]]);
  });

  test("a process that is killed at the question loses nothing", async () => {
    const folder = new Folder({ "flow.yaml": GATES });
    const run = folder.onTerminal(["run", "flow.yaml", "--run-id", "r"], size);
    await run.until(/\[a\/r\/l\]/);
    run.child.kill("SIGKILL");
    await run.ended;
    const later = await folder.here(["approve", "r", "review", "--set", "copies=1"]);
    expect([later.code, folder.launches()]).toEqual([0, ["notes", "copies: 1"]]);
  });
});
