import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/index.js";
import { type LaunchedChild, launchChild } from "../support/launch-child.js";
import { workflow } from "../support/workflows.js";

const CHILD = new URL("../support/traced-child.ts", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "axw-traced-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly path?: string;
  readonly status?: string;
  readonly startTime: readonly number[];
  readonly endTime: readonly number[];
  readonly by: number;
}

/** A database and the spans that processes have exported from it. */
function place(name: string) {
  const [database, file] = [join(folder, `${name}.db`), join(folder, `${name}.ndjson`)];
  return {
    database,
    launch: (processor: "simple" | "batch" | "stuck", ...argv: string[]): LaunchedChild => {
      const launched = launchChild(CHILD, [database, file, processor, ...argv]);
      children.push(launched.child);
      return launched;
    },
    lines: (): Line[] =>
      existsSync(file)
        ? readFileSync(file, "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Line)
        : [],
  };
}

async function kill({ child, exited }: LaunchedChild): Promise<void> {
  child.kill("SIGKILL");
  await exited;
}

const nameOf = ({ name, path, status }: Line): string =>
  [name, path ?? "", status ?? ""].join(" ").trim();

const definition = JSON.stringify(workflow({ a: [], b: ["a"], wait: ["b"], c: ["wait"] }));

const WHOLE = [
  "invoke_agent worker a completed",
  "invoke_agent worker b completed",
  "invoke_agent worker c completed",
  "invoke_agent worker wait completed",
  "invoke_agent worker wait interrupted",
  "invoke_workflow under test",
  "step a a",
  "step b b",
  "step c c",
  "step wait wait",
];

describe("kill -9 of a traced engine", () => {
  test("leaves one trace with every span once, if they were exported before", async () => {
    const at = place("exported");
    const first = at.launch("batch", "start", definition, "20");
    const runId = await first.line("run ");
    const given = await first.line("in wait/1 ");
    const storage = openSqliteStorage({ path: at.database });
    const written = [...storage.readJournal(runId)].length;
    await expect.poll(() => storage.tracePosition(runId)?.seq, { timeout: 20_000 }).toBe(written);
    storage.close();
    await kill(first);
    const before = at.lines();
    const second = at.launch("batch", "resume", runId);
    await second.exited;
    const lines = at.lines();
    expect(lines.map(nameOf).toSorted()).toEqual(WHOLE);
    expect([
      new Set(lines.map(({ traceId }) => traceId)).size,
      new Set(lines.map(({ spanId }) => spanId)).size,
      before.map(nameOf).toSorted(),
      new Set(before.map(({ by }) => by)),
    ]).toEqual([
      1,
      WHOLE.length,
      [
        "invoke_agent worker a completed",
        "invoke_agent worker b completed",
        "step a a",
        "step b b",
      ],
      new Set([first.child.pid]),
    ]);
    // Every parent is a span of the trace, but for that of the run, which has none.
    const ids = new Set(lines.map(({ spanId }) => spanId));
    expect(lines.filter(({ parentId }) => parentId === undefined).map(nameOf)).toEqual([
      "invoke_workflow under test",
    ]);
    expect(lines.every(({ parentId }) => parentId === undefined || ids.has(parentId))).toBe(true);
    // The attempt that was killed has the id that its agent was given.
    const killed = lines.find(({ status }) => status === "interrupted");
    expect(given).toBe(`00-${killed?.traceId}-${killed?.spanId}-01`);
  });

  test("loses no span that had ended, if none was exported before", async () => {
    const at = place("lost");
    const first = at.launch("batch", "start", definition);
    const runId = await first.line("run ");
    await first.line("in wait/1");
    await kill(first);
    expect(at.lines()).toEqual([]);
    const second = at.launch("batch", "resume", runId);
    await second.exited;
    expect(at.lines().map(nameOf).toSorted()).toEqual(WHOLE);
    expect(new Set(at.lines().map(({ traceId }) => traceId)).size).toBe(1);
  });

  test("repeats a span only with the same id, name and times, if it died before it could note it", async () => {
    const at = place("repeated");
    const first = at.launch("simple", "start", definition);
    const runId = await first.line("run ");
    await first.line("in wait/1");
    await kill(first);
    expect(at.lines().map(nameOf).toSorted()).toEqual([
      "invoke_agent worker a completed",
      "invoke_agent worker b completed",
      "step a a",
      "step b b",
    ]);
    const second = at.launch("batch", "resume", runId);
    await second.exited;
    const byId = Map.groupBy(at.lines(), ({ spanId }) => spanId);
    const spans = [...byId.values()].map((copies) => {
      const different = new Set(copies.map(({ by: _, ...span }) => JSON.stringify(span)));
      return [nameOf(copies[0] as Line), different.size];
    });
    expect(Object.fromEntries(spans)).toEqual(Object.fromEntries(WHOLE.map((name) => [name, 1])));
    expect(spans.length).toBe(WHOLE.length);
  });

  test("leaves the spans of a run that had ended to the next process", async () => {
    const at = place("ended");
    const first = at.launch("stuck", "start", JSON.stringify(workflow({ a: [] })));
    await first.line("ended completed");
    await kill(first);
    expect(at.lines()).toEqual([]);
    const second = at.launch("batch", "start", JSON.stringify(workflow({ other: [] })), "20");
    await second.line("ended completed");
    await expect
      .poll(() => at.lines().map(nameOf).toSorted(), { timeout: 20_000 })
      .toEqual([
        "invoke_agent worker a completed",
        "invoke_agent worker other completed",
        "invoke_workflow under test",
        "invoke_workflow under test",
        "step a a",
        "step other other",
      ]);
    await kill(second);
    expect(new Set(at.lines().map(({ spanId }) => spanId)).size).toBe(6);
  });

  test("leaves the runs that steps started in the trace, below the attempts that started them", async () => {
    const at = place("nested");
    const [parent, child] = [join(folder, "parent.yaml"), join(folder, "child.yaml")];
    const leaf = (id: string, after: string): string =>
      `  - { id: ${id}, agentId: worker, task: t, dependencies: [${after}] }\n`;
    writeFileSync(child, `id: child\nsteps:\n${leaf("a", "")}${leaf("wait", "a")}`);
    writeFileSync(parent, `id: parent\nsteps:\n  - { id: sub, workflow: ./child.yaml }\n`);
    const first = at.launch("batch", "start", parent);
    const runId = await first.line("run ");
    await first.line("in wait/1");
    await kill(first);
    const second = at.launch("batch", "resume", runId);
    await second.exited;
    const lines = at.lines();
    const byId = new Map(lines.map((line) => [line.spanId, line]));
    const path = (line: Line): string => {
      const around = byId.get(line.parentId ?? "");
      return around === undefined ? nameOf(line) : `${path(around)} > ${nameOf(line)}`;
    };
    const within = (paths: readonly string[]): string =>
      ["invoke_workflow parent", "step sub sub", ...paths].join(" > ");
    const started = ["workflow sub sub interrupted", "invoke_workflow child"];
    expect([new Set(lines.map(({ traceId }) => traceId)).size, lines.map(path).toSorted()]).toEqual(
      [
        1,
        [
          "invoke_workflow parent",
          within([]),
          within(["workflow sub sub completed"]),
          within(started.slice(0, 1)),
          within(started),
          within([...started, "step a a"]),
          within([...started, "step a a", "invoke_agent worker a completed"]),
          within([...started, "step wait wait"]),
          within([...started, "step wait wait", "invoke_agent worker wait completed"]),
          within([...started, "step wait wait", "invoke_agent worker wait interrupted"]),
        ].toSorted(),
      ],
    );
  });
});
