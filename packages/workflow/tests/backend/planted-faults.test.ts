import { describe, expect, test } from "vitest";
import type { AgentFunction } from "../../src/index.js";
import { BACKEND_CASES, runBackendSuite } from "../../src/testing/index.js";
import { type Faults, inProcessHarness, replacing } from "./in-process-harness.js";

const faults: Readonly<Record<string, readonly [Faults, string, string]>> = {
  "performs an attempt twice": [
    {
      agent: (agent) => (request) => {
        if (request.stepId === "a") void Promise.resolve(agent(request)).catch(() => undefined);
        return agent(request);
      },
    },
    "uneven",
    "no attempt is started twice",
  ],
  "records another result than the agent's": [
    { agent: (agent) => async (request) => ({ changed: await agent(request) }) },
    "failed-resume",
    "is what its agent answered",
  ],
  "gives its clients a row that differs from the stored one": [
    {
      backend: (engine) =>
        replacing(engine, {
          async *journal(runId, options) {
            for await (const row of engine.journal(runId, options))
              yield row.type === "step_failed" ? { ...row, at: row.at + 1 } : row;
          },
        }),
    },
    "failed-resume",
    "read of the journal gives the stored rows",
  ],
  "leaves a row out": [
    {
      backend: (engine) =>
        replacing(engine, {
          async *journal(runId, options) {
            for await (const row of engine.journal(runId, options)) if (row.seq !== 3) yield row;
          },
        }),
    },
    "failed-resume",
    "read of the journal gives the stored rows",
  ],
  "stores a result twice": [
    { rows: (rows) => rows.flatMap((row) => (row.stepId === "c" ? [row, row] : [row])) },
    "failed-resume",
    "rows are numbered from 1 without a gap",
  ],
  "records a step again": [
    {
      rows: (rows) => {
        const again = rows.find(({ stepId }) => stepId === "c");
        return again === undefined ? rows : [...rows, { ...again, seq: rows.length + 1 }];
      },
    },
    "failed-resume",
    "each step's result is recorded once",
  ],
  "goes back in time": [
    { rows: (rows) => rows.map((row) => (row.seq === 5 ? { ...row, at: row.at + 1e6 } : row)) },
    "failed-resume",
    "no row is older than the one before",
  ],
  "stores a decision that the core did not take": [
    {
      rows: (rows) =>
        rows.map((row) =>
          row.type === "step_failed"
            ? { ...row, payload: row.payload.replace('"final":true', '"final":false') }
            : row,
        ),
    },
    "failed-resume",
    "a replay gives row 9 again",
  ],
  "shows a summary that is behind the rows": [
    {
      backend: (engine) =>
        replacing(engine, {
          async get(runId) {
            const summary = await engine.get(runId);
            return summary && { ...summary, journalSeq: summary.journalSeq - 1 };
          },
        }),
    },
    "failed-resume",
    "the summary is what the rows give",
  ],
  "does not stop the agents of a cancelled run": [
    { agent: deafTo(new AbortController().signal) },
    "cancel",
    'an agent notes "stopped"',
  ],
  "starts a step only with its batch": [
    {
      agent: (agent, clock) => async (request) => {
        if (request.stepId === "next")
          await new Promise<void>((resolve) => void clock.setTimer(1000, resolve));
        return agent(request);
      },
    },
    "uneven",
    "ms after `a` had ended",
  ],
  "accepts a command and does nothing": [
    {
      backend: (engine) =>
        replacing(engine, {
          send: async (runId, command) =>
            command.verb === "checkpoint" && command.name === "checkpoint-6"
              ? { ok: true, checkpointId: "made-up" }
              : engine.send(runId, command),
        }),
    },
    "racing-commands",
    "checkpoint-6",
  ],
  "starts another run for the same id": [
    {
      backend: (engine) =>
        replacing(engine, {
          start: (workflow, { runId: _, ...options } = {}) => engine.start(workflow, options),
        }),
    },
    "start-twice",
    "Expected values",
  ],
};

describe("the suite for backends finds a backend that", () => {
  test.each(Object.entries(faults))("%s", async (_, [fault, caseName, message]) => {
    const cases = BACKEND_CASES.filter(({ name }) => name === caseName);
    const { tried, failed, notApplicable } = await runBackendSuite(
      (setup) => inProcessHarness(setup, fault),
      { cases },
    );
    expect({ tried, failed, notApplicable }).toEqual({
      tried: [caseName],
      failed: [
        {
          name: caseName,
          error: expect.objectContaining({
            message: expect.stringContaining(message) as string,
          }) as unknown,
        },
      ],
      notApplicable: [],
    });
  });
});

describe("runBackendSuite", () => {
  test("reports a case that the harness cannot support as not applicable", async () => {
    const cases = BACKEND_CASES.filter(({ name }) =>
      ["failed-resume", "decider-killed"].includes(name),
    );
    expect(await runBackendSuite((setup) => inProcessHarness(setup), { cases })).toEqual({
      tried: ["failed-resume"],
      failed: [],
      notApplicable: [{ name: "decider-killed", needs: "kill decider" }],
    });
  });
});

function deafTo(signal: AbortSignal): (agent: AgentFunction) => AgentFunction {
  return (agent) => (request) => agent({ ...request, signal });
}
