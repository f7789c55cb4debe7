import { getEventListeners } from "node:events";
import type { Agent, AgentRequest, LogStream } from "@automatosx/workflow";

/** The test-runner functions that the suite needs. `vitest` provides them. */
export interface TestRunner {
  /** Groups tests, as in Vitest and Jest. */
  readonly describe: (name: string, body: () => void) => void;
  /** Defines a test, as in Vitest and Jest. */
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** Asserts, as in Vitest and Jest. */
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): void };
}

/** The agent under test, in three variants. */
export interface AgentsUnderTest {
  /** Returns a different result for each task. */
  readonly answering: () => Agent;
  /** Does not return on its own during the test. */
  readonly endless: () => Agent;
  /** Fails every attempt; omitted for agents that cannot fail. */
  readonly failing?: () => Agent;
}

/**
 * How long an agent may take to settle after its signal is aborted, in ms. The next attempt waits
 * for the agent to settle.
 */
export const SETTLE_LIMIT_MS = 6_000;

export interface LoggedPiece {
  /** The output. */
  readonly text: string;
  /** The stream that it was logged to. */
  readonly stream: LogStream | undefined;
}

/** A request such as an engine makes, with its controller and the agent's log output. */
export interface TestRequest {
  /** The request to pass to the agent. */
  readonly request: AgentRequest;
  /** Aborts the signal of the request. */
  readonly controller: AbortController;
  /** What the agent has logged. */
  readonly logged: LoggedPiece[];
}

let requestCount = 0;

/** A complete request for tests, with a unique idempotency key. */
export function testRequest(changes: Partial<AgentRequest> = {}): TestRequest {
  const controller = new AbortController();
  const logged: LoggedPiece[] = [];
  requestCount += 1;
  const {
    runId = `run-${process.pid}-${requestCount}`,
    stepId = "step",
    attemptNumber = 1,
  } = changes;
  const request: AgentRequest = {
    runId,
    workflowId: "workflow",
    stepId,
    stepName: "Step",
    agentId: "agent",
    attemptNumber,
    idempotencyKey: `${runId}/${stepId}/${attemptNumber}`,
    task: "do it",
    context: {},
    inputs: {},
    previousResults: {},
    signal: controller.signal,
    log: (text, stream) => logged.push({ text, stream }),
    ...changes,
  };
  return { request, controller, logged };
}

/** Tests that every kind of agent must pass. */
export function describeAgent(
  name: string,
  kinds: AgentsUnderTest,
  { describe, test, expect }: TestRunner,
): void {
  describe(`${name}: an attempt`, () => {
    test("returns a result that JSON preserves", async () => {
      const result = (await perform(kinds.answering(), testRequest().request)) ?? null;
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    });

    test("returns the result of its own task to each of twenty concurrent attempts", async () => {
      const agent = kinds.answering();
      const together = await Promise.all(
        tasks.map((task) => perform(agent, testRequest({ task, stepId: task }).request)),
      );
      const alone: unknown[] = [];
      for (const task of tasks)
        alone.push(await perform(agent, testRequest({ task, stepId: task }).request));
      expect([together, new Set(together.map((one) => JSON.stringify(one))).size]).toEqual([
        alone,
        tasks.length,
      ]);
    });

    test("logs only text, to stdout or stderr", async () => {
      const { request, logged } = testRequest();
      await perform(kinds.answering(), request);
      expect(
        logged.filter(
          ({ text, stream }) =>
            typeof text !== "string" || ![undefined, "stdout", "stderr"].includes(stream),
        ),
      ).toEqual([]);
    });

    test("leaves no listener on its signal", async () => {
      const { request } = testRequest();
      await perform(kinds.answering(), request);
      expect(getEventListeners(request.signal, "abort").length).toEqual(0);
    });

    const { failing } = kinds;
    if (failing !== undefined) {
      test("rejects with an Error that has a message when it fails", async () => {
        const error = await failureOf(failing(), testRequest().request);
        expect(error instanceof Error && error.message !== "").toEqual(true);
      });
    }
  });

  describe(`${name}: abort`, () => {
    test("rejects with the signal's reason when the signal is already aborted", async () => {
      const { request, controller } = testRequest();
      const reason = new Error("cancelled");
      controller.abort(reason);
      expect(await failureOf(kinds.answering(), request)).toEqual(reason);
    });

    test("rejects in time with the reason of a later abort, and leaves no listener", async () => {
      const { request, controller } = testRequest();
      const reason = new Error("timed out");
      const failure = failureOf(kinds.endless(), request);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const abortedAt = performance.now();
      controller.abort(reason);
      const error = await failure;
      const isInTime = performance.now() - abortedAt < SETTLE_LIMIT_MS;
      expect([error, isInTime, getEventListeners(request.signal, "abort").length]).toEqual([
        reason,
        true,
        0,
      ]);
    });
  });

  describe(`${name}: reclaim`, () => {
    test("resolves when it reclaims an attempt that left no processes", async () => {
      const agent = kinds.answering();
      const reclaimed =
        typeof agent === "function" ? undefined : await agent.reclaim?.("no-run/no-step/1", []);
      expect(reclaimed).toEqual(undefined);
    });
  });
}

const tasks: readonly string[] = Array.from({ length: 20 }, (_, index) => `task-${index}`);

async function perform(agent: Agent, request: AgentRequest): Promise<unknown> {
  return typeof agent === "function" ? await agent(request) : await agent.execute(request);
}

async function failureOf(agent: Agent, request: AgentRequest): Promise<unknown> {
  try {
    await perform(agent, request);
  } catch (error) {
    return error;
  }
  return undefined;
}
