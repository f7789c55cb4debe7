import { describe, expect, test } from "vitest";
import { agentReply, openSqliteStorage } from "../../src/index.js";
import { prometheusText } from "../../src/metrics/index.js";
import type { StoragePort } from "../../src/storage/StoragePort.js";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";

/** The samples, without the comments and the size of the file. */
function samples(storage: StoragePort): string[] {
  return prometheusText(storage)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !line.includes("database_bytes"));
}

/** The storage with other members. */
function withMembers(
  storage: StoragePort,
  members: { readonly [Name in keyof StoragePort]?: StoragePort[Name] | undefined },
): StoragePort {
  return new Proxy(storage, {
    get: (target, name) => {
      if (name in members) return Reflect.get(members, name) as unknown;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

const reply = agentReply({ result: 1, usage: { inputTokens: 5, outputTokens: 2, usd: 0.5 } });

describe("prometheusText", () => {
  test("has the runs, what they took and used, and what they wait for", async () => {
    await using b = await bench({ a: { result: reply, afterMs: 7000 }, bad: { error: "no" } });
    const child = normalWorkflow({ bad: [] }, { id: "child" });
    const starts = [
      workflow({ a: [] }, { id: "first" }),
      normalWorkflow({ bad: [] }, { id: 'sec"ond' }),
      normalWorkflow({ ask: gate("?"), sign: { wait: { signal: "s" } } }, { id: "third" }),
      normalWorkflow({ sub: childRun(child) }, { id: "parent" }, [child]),
    ];
    for (const source of starts) await b.clock.advanceUntil((await b.engine.start(source)).ending);
    const isFull = /le="(30|60|120|300|600|1800|3600|7200)"/;
    const shown = samples(b.engine.storage).filter((line) => !isFull.test(line));
    expect(shown).toEqual([
      'automatosx_runs{workflow="first",status="completed"} 1',
      'automatosx_runs{workflow="parent",status="failed"} 1',
      'automatosx_runs{workflow="sec\\"ond",status="failed"} 1',
      'automatosx_runs{workflow="third",status="paused"} 1',
      'automatosx_runs_waiting{workflow="first"} 0',
      'automatosx_runs_waiting{workflow="parent"} 0',
      'automatosx_runs_waiting{workflow="sec\\"ond"} 0',
      'automatosx_runs_waiting{workflow="third"} 1',
      'automatosx_run_duration_seconds_bucket{status="completed",le="1"} 0',
      'automatosx_run_duration_seconds_bucket{status="completed",le="5"} 0',
      'automatosx_run_duration_seconds_bucket{status="completed",le="10"} 1',
      'automatosx_run_duration_seconds_bucket{status="completed",le="+Inf"} 1',
      'automatosx_run_duration_seconds_sum{status="completed"} 7',
      'automatosx_run_duration_seconds_count{status="completed"} 1',
      'automatosx_run_duration_seconds_bucket{status="failed",le="1"} 2',
      'automatosx_run_duration_seconds_bucket{status="failed",le="5"} 2',
      'automatosx_run_duration_seconds_bucket{status="failed",le="10"} 2',
      'automatosx_run_duration_seconds_bucket{status="failed",le="+Inf"} 2',
      'automatosx_run_duration_seconds_sum{status="failed"} 0',
      'automatosx_run_duration_seconds_count{status="failed"} 2',
      'automatosx_run_attempts{workflow="first"} 1',
      'automatosx_run_attempts{workflow="parent"} 1',
      'automatosx_run_attempts{workflow="sec\\"ond"} 1',
      'automatosx_run_attempts{workflow="third"} 0',
      'automatosx_run_tokens{workflow="first"} 7',
      'automatosx_run_cost_usd{workflow="first"} 0.5',
      'automatosx_open_questions{kind="gate"} 1',
      'automatosx_open_questions{kind="signal"} 1',
      'automatosx_open_questions{kind="unknown"} 0',
    ]);
  });

  test("reads only new entries of runs that have not ended, and notices answers", async () => {
    await using b = await bench();
    const run = await b.engine.start(normalWorkflow({ ask: gate("?"), next: { after: ["ask"] } }));
    await b.clock.advanceUntil(run.ending);
    const open = (): string[] => samples(b.engine.storage).filter((line) => line.includes("gate"));
    expect(open()).toEqual(['automatosx_open_questions{kind="gate"} 1']);
    const { storage } = b.engine;
    const read: number[] = [];
    const counting = withMembers(storage, {
      readJournal: (runId, afterSeq = 0) => {
        read.push(afterSeq);
        return storage.readJournal(runId, afterSeq);
      },
    });
    expect(samples(counting)).toEqual(samples(counting));
    expect(read.filter((seq) => seq === 0).length).toBe(1);
    const resumed = await b.engine.answer(run.id, "ask", { approved: true });
    await b.clock.advanceUntil(resumed?.ending ?? run.ending);
    expect(open()).toEqual(['automatosx_open_questions{kind="gate"} 0']);
  });

  test("names the 100 workflows with the most runs", async () => {
    await using b = await bench();
    for (let index = 0; index < 103; index += 1)
      for (const _ of index < 100 ? [1, 2] : [1])
        await b.clock.advanceUntil(
          (await b.engine.start(workflow({ a: [] }, { id: `w${index}` }))).ending,
        );
    const runs = samples(b.engine.storage).filter((line) => line.startsWith("automatosx_runs{"));
    expect([runs.length, runs.filter((line) => line.includes("_other"))]).toEqual([
      101,
      ['automatosx_runs{workflow="_other",status="completed"} 3'],
    ]);
  });

  test("can be read by Prometheus: each family once, with its type, and valid lines", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const lines = prometheusText(storage).trimEnd().split("\n");
    const valid =
      /^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (gauge|histogram))$|^[a-z_]+(\{([a-z]+="[^"\n]*",?)*\})? [0-9.e+]+$/;
    expect(lines.filter((line) => !valid.test(line))).toEqual([]);
    const types = lines.filter((line) => line.startsWith("# TYPE"));
    expect([types.length, new Set(types).size]).toEqual([8, 8]);
    storage.close();
  });

  test("has the runs by status in a storage without totals", async () => {
    await using b = await bench();
    await b.clock.advanceUntil((await b.engine.start(workflow({ a: [] }))).ending);
    const { storage } = b.engine;
    const plain = withMembers(storage, { runTotals: undefined });
    expect(samples(plain).filter((line) => line.startsWith("automatosx_run"))).toEqual([
      'automatosx_runs{workflow="_other",status="running"} 0',
      'automatosx_runs{workflow="_other",status="completed"} 1',
      'automatosx_runs{workflow="_other",status="failed"} 0',
      'automatosx_runs{workflow="_other",status="paused"} 0',
      'automatosx_runs{workflow="_other",status="cancelled"} 0',
    ]);
  });
});
