import { attemptEnvironment } from "@automatosx/workflow/programs";
import { withholdVariable } from "@automatosx/workflow/storage";
import { describe, expect, test } from "vitest";

const attempt = {
  runId: "r",
  stepId: "s",
  attemptNumber: 2,
  idempotencyKey: "r/s/2",
  attemptToken: "r/s/2@t",
};
const marks = {
  AX_ATTEMPT_TOKEN: "r/s/2@t",
  AX_ATTEMPT: "r/s/2",
  AX_RUN_ID: "r",
  AX_STEP_ID: "s",
  AX_ATTEMPT_NUMBER: "2",
};

describe("attemptEnvironment", () => {
  test("lets additions override the parent's environment, and the attempt's variables override both", () => {
    expect(
      attemptEnvironment(attempt, { B: "added", AX_RUN_ID: "forged" }, { A: "1", B: "2" }),
    ).toEqual({ A: "1", B: "added", ...marks });
  });

  test("removes a variable whose change is null, and keeps one that is empty", () => {
    expect(
      attemptEnvironment(attempt, { A: null, B: "", C: null, AX_RUN_ID: null }, { A: "1", D: "4" }),
    ).toEqual({ B: "", D: "4", ...marks });
  });

  test("keeps the keys and tokens of enclosing attempts, outermost first", () => {
    const outer = { AX_ATTEMPT: "outer/s/1", AX_ATTEMPT_TOKEN: "outer/s/1@t", AX_RUN_ID: "outer" };
    const within = attemptEnvironment(attempt, {}, outer);
    const deep = { ...attempt, idempotencyKey: "deep/s/1", attemptToken: "deep/s/1@t" };
    expect([within, attemptEnvironment(deep, {}, within)]).toEqual([
      { ...marks, AX_OUTER_ATTEMPTS: "outer/s/1", AX_OUTER_ATTEMPT_TOKENS: "outer/s/1@t" },
      {
        ...marks,
        AX_ATTEMPT: "deep/s/1",
        AX_ATTEMPT_TOKEN: "deep/s/1@t",
        AX_OUTER_ATTEMPTS: "outer/s/1 r/s/2",
        AX_OUTER_ATTEMPT_TOKENS: "outer/s/1@t r/s/2@t",
      },
    ]);
  });

  test("has the span of the attempt in place of another one, and keeps the other where it has none", () => {
    const caller = { TRACEPARENT: "00-caller", TRACESTATE: "caller=1" };
    const traced = { ...attempt, traceparent: "00-attempt" };
    expect([
      attemptEnvironment(traced, { TRACEPARENT: "00-forged" }, caller),
      attemptEnvironment(attempt, {}, caller),
    ]).toEqual([
      { ...marks, TRACEPARENT: "00-attempt" },
      { ...marks, ...caller },
    ]);
  });

  test("does not pass on the token of an enclosing attempt as its own", () => {
    const { attemptToken: _, ...untokened } = attempt;
    const { AX_ATTEMPT_TOKEN: __, ...others } = marks;
    expect(attemptEnvironment(untokened, {}, { AX_ATTEMPT_TOKEN: "outer/s/1@t" })).toEqual({
      ...others,
      AX_OUTER_ATTEMPT_TOKENS: "outer/s/1@t",
    });
  });

  test("keeps secrets and credentials of a backend from the program, unless its changes set them", () => {
    const secrets = { AXW_SECRET_TOKEN: "t", AXW_KEY: "k" };
    const url = "postgres://axw:s3cret@db/axw";
    const named = { AXW_KEY: "own", PGPASSWORD: "own" };
    expect([
      attemptEnvironment(attempt, {}, { ...secrets, AXW_BACKEND: url, PGPASSWORD: "p", A: "1" }),
      attemptEnvironment(attempt, {}, { AXW_BACKEND: "restates://me:p%2Fw@host" }),
      attemptEnvironment(attempt, {}, { AXW_BACKEND: "postgres://db/axw?password=s3cret" }),
      attemptEnvironment(attempt, {}, { AXW_BACKEND: "postgres://axw@db/axw", PGPASSWORD: "p" }),
      attemptEnvironment(attempt, named, { ...secrets, AXW_BACKEND: url, PGPASSWORD: "p" }),
    ]).toEqual([
      { A: "1", ...marks },
      marks,
      marks,
      { AXW_BACKEND: "postgres://axw@db/axw", ...marks },
      { ...named, ...marks },
    ]);
  });

  test("lets a program inherit PGPASSWORD until a backend of the process reads it", () => {
    const inherited = { AXW_BACKEND: "sqlite:runs.db", PGPASSWORD: "of the agent" };
    const before = attemptEnvironment(attempt, {}, inherited);
    withholdVariable("PGPASSWORD");
    const after = attemptEnvironment(attempt, {}, inherited);
    const { PGPASSWORD: _, ...others } = inherited;
    expect([before, after]).toEqual([
      { ...inherited, ...marks },
      { ...others, ...marks },
    ]);
  });
});
