import { createHash } from "node:crypto";
import type { WorkflowEngine } from "@automatosx/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AttemptValue, Log, LogHits } from "../../src/api/run.schema.js";
import { completed, type Dashboard, Served } from "../support/served.js";

const SOURCE = `
id: build
inputs:
  feature: { type: string, default: login }
steps:
  - id: design
    agentId: writer
    task: Design \${{ inputs.feature }}.
  - id: code
    agentId: coder
    dependencies: [design]
    task: Write \${{ steps.design.output.name }}.
    retry: { max: 1, backoff: 1ms }
`;

let served: Served;
let engine: WorkflowEngine;
let dashboard: Dashboard;
let runId: string;
let attempts = 0;

beforeEach(async () => {
  attempts = 0;
  served = new Served();
  engine = await served.engine({
    writer: ({ log }) => {
      log("one\ntwo ");
      log("warning: \u001b[31mred\u001b[0m light\n", "stderr");
      log("continues\n\nfour\n");
      log("open end");
      return { name: "login form", text: "x".repeat(30) };
    },
    coder: ({ log }) => {
      attempts += 1;
      log(`attempt ${attempts}\n`);
      if (attempts === 1) throw new Error("not yet");
      return "done";
    },
  });
  ({ runId } = await completed(engine, SOURCE));
  dashboard = served.dashboard();
});

afterEach(() => served[Symbol.asyncDispose]());

const at = (step: string, attempt: number, what: string): string =>
  `/runs/${runId}/steps/${step}/attempts/${attempt}/${what}`;

describe("the result of an attempt", () => {
  test("is answered with its size and its digest", async () => {
    const value = { name: "login form", text: "x".repeat(30) };
    expect(await dashboard.get(at("design", 1, "result"))).toEqual({
      bytes: 61,
      sha256: createHash("sha256").update(JSON.stringify(value)).digest("hex"),
      value,
      mask: false,
    });
  });

  test("is not found for an attempt that failed, with a sentence that says so", async () => {
    expect(await dashboard.outcome(at("code", 1, "result"))).toMatchObject({
      status: 404,
      body: { code: "step_not_found", message: "Attempt 1 of `code` gave no result." },
    });
    expect(await dashboard.get(at("code", 2, "result"))).toMatchObject({ value: "done" });
  });

  test("is left out if it is large, and downloaded whole", async () => {
    const big = "y".repeat(1_200_000);
    const other = await served.engine({ writer: () => big, coder: () => "ok" });
    ({ runId } = await completed(other, SOURCE.replace("output.name", "status")));
    const described = await dashboard.get<AttemptValue>(at("design", 1, "result"));
    expect({ ...described, sha256: "" }).toEqual({ bytes: 1_200_002, sha256: "", mask: false });
    expect(await dashboard.get(`${at("design", 1, "result")}?whole=true`)).toBe(big);
  });

  test("is not found for a step that the run does not have", async () => {
    expect(await dashboard.outcome(at("nothing", 1, "result"))).toMatchObject({ status: 404 });
  });
});

describe("what an attempt was given", () => {
  test("is its task with the templates replaced", async () => {
    expect((await dashboard.get<AttemptValue>(at("design", 1, "task"))).value).toBe(
      "Design login.",
    );
    expect((await dashboard.get<AttemptValue>(at("code", 2, "task"))).value).toBe(
      "Write login form.",
    );
  });

  test("is the inputs of the run and the results of the steps before", async () => {
    expect((await dashboard.get<AttemptValue>(at("code", 1, "inputs"))).value).toEqual({
      inputs: { feature: "login" },
      steps: { design: { name: "login form", text: "x".repeat(30) } },
    });
  });

  test("is not found for an attempt that there was not", async () => {
    expect(await dashboard.outcome(at("code", 9, "task"))).toMatchObject({
      status: 404,
      body: { message: "Step `code` has had no attempt 9." },
    });
  });
});

describe("the log of an attempt", () => {
  const texts = ({ lines }: Log): unknown[] =>
    lines.map(([number, , stream, text]) => [number, stream, text]);

  test("has its lines numbered by where they begin, across the chunks of two streams", async () => {
    const log = await dashboard.get<Log>(at("design", 1, "log"));
    expect(texts(log)).toEqual([
      [1, "stdout", "one"],
      [2, "stdout", "two continues"],
      [3, "stderr", "warning: \u001b[31mred\u001b[0m light"],
      [4, "stdout", ""],
      [5, "stdout", "four"],
      [6, "stdout", "open end"],
    ]);
    expect({ ...log, lines: [] }).toEqual({
      ...{ lines: [], total: 6, stderr: 1, bytes: 60, isComplete: true },
    });
  });

  test("is read from any line, from its end, or of one stream", async () => {
    const read = async (query: string): Promise<unknown[]> =>
      texts(await dashboard.get<Log>(`${at("design", 1, "log")}?${query}`));
    expect(await read("from=2&limit=2")).toEqual([
      [2, "stdout", "two continues"],
      [3, "stderr", "warning: \u001b[31mred\u001b[0m light"],
    ]);
    expect(await read("from=-2")).toEqual([
      [5, "stdout", "four"],
      [6, "stdout", "open end"],
    ]);
    expect(await read("from=1&stream=stderr")).toEqual([
      [3, "stderr", "warning: \u001b[31mred\u001b[0m light"],
    ]);
    expect(await read("from=3&limit=1&stream=stdout")).toEqual([[4, "stdout", ""]]);
    expect(await read("from=100")).toEqual([]);
  });

  test("is that of one attempt alone", async () => {
    expect(texts(await dashboard.get<Log>(at("code", 1, "log")))).toEqual([
      [1, "stdout", "attempt 1"],
    ]);
    expect(texts(await dashboard.get<Log>(at("code", 2, "log")))).toEqual([
      [1, "stdout", "attempt 2"],
    ]);
  });

  test("is searched in any case of the letters, without the sequences that style it", async () => {
    const find = (q: string, from = 1): Promise<LogHits> =>
      dashboard.get<LogHits>(
        `${at("design", 1, "log/find")}?q=${encodeURIComponent(q)}&from=${from}`,
      );
    expect(await find("RED LIGHT")).toEqual({ hits: [3], total: 1 });
    expect(await find("o")).toEqual({ hits: [1, 2, 5, 6], total: 4 });
    expect(await find("o", 3)).toEqual({ hits: [5, 6], total: 4 });
    expect(await find("31m")).toEqual({ hits: [], total: 0 });
  });

  test("is downloaded as it was written", async () => {
    const response = await dashboard.request(`/api/v1${at("design", 1, "log.txt")}`);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe(
      "one\ntwo warning: \u001b[31mred\u001b[0m light\ncontinues\n\nfour\nopen end",
    );
  });

  test("cuts a line of several megabytes, and says how long it is", async () => {
    const other = await served.engine({
      writer: ({ log }) => {
        log("before\n");
        for (let part = 0; part < 50; part += 1) log("z".repeat(100_000));
        log("\nafter needle\n");
        return { name: "x" };
      },
      coder: () => "ok",
    });
    ({ runId } = await completed(other, SOURCE));
    const log = await dashboard.get<Log>(at("design", 1, "log"));
    expect(log.lines.map(([number, , , text, length]) => [number, text.length, length])).toEqual([
      [1, 6, undefined],
      [2, 10_000, 5_000_000],
      [3, 12, undefined],
    ]);
    expect(await dashboard.get(`${at("design", 1, "log/find")}?q=needle`)).toEqual({
      ...{ hits: [3], total: 1 },
    });
  });

  test("is read page by page as it would be at once", async () => {
    const other = await served.engine({
      writer: ({ log }) => {
        for (let line = 1; line <= 5000; line += 1)
          log(
            `line ${line}${line % 7 === 0 ? " and" : "\n"}`,
            line % 5 === 0 ? "stderr" : "stdout",
          );
        return { name: "x" };
      },
      coder: () => "ok",
    });
    ({ runId } = await completed(other, SOURCE));
    const whole: unknown[] = [];
    const { total } = await dashboard.get<Log>(at("design", 1, "log"));
    for (let from = 1; from <= total; from += 1000)
      whole.push(
        ...(await dashboard.get<Log>(`${at("design", 1, "log")}?from=${from}&limit=1000`)).lines,
      );
    expect(whole.length).toBe(total);
    for (let from = 1; from <= total; from += 611) {
      const part = await dashboard.get<Log>(`${at("design", 1, "log")}?from=${from}&limit=10`);
      expect(part.lines).toEqual(whole.slice(from - 1, from + 9));
    }
  });
});
