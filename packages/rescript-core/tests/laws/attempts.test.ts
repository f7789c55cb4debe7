import { describe, expect, test } from "vitest";
import {
  Context,
  Machine,
  RunQueries,
  type StepInfo,
  type WorkflowMachine,
} from "../../src/index.js";
import { attachment } from "../support/attempt-traits.js";
import { type Accepted, acceptedOf, erasOf, holds, startedBy, stepIn } from "../support/laws.js";
import { treeRuns } from "../support/random-runs.js";

const REASKS = 3;

/** How often a step may be started, without the attempts that use up no try. */
function maxAttempts({ retries, reasks = REASKS, fallback }: StepInfo): number {
  return (1 + retries) * (1 + reasks) * (1 + (fallback?.agents.length ?? 0));
}

/** Whether the event says of an unknown outcome that the attempt did not take effect. */
function saysNotDone({ event }: Accepted, stepId: string): boolean {
  if (event.type === "gate_answered")
    return event.stepId === stepId && event.values["done"] === false;
  if (event.type !== "step_completed" || event.stepId !== `${stepId}:reconcile`) return false;
  return (event.result as { done?: unknown }).done === false;
}

/** The paths of the steps whose status changes from one to the other. */
function moved({ before, after }: Accepted, from: string, to: string): string[] {
  return Context.steps(Machine.context(after)).flatMap(({ id, status }) =>
    status === to && stepIn(before, id)?.status === from ? [id] : [],
  );
}

describe("a step of which it is unknown whether it took effect", () => {
  test("runs again only after an answer that it did not, also after a restore", () => {
    holds(treeRuns, (run) => {
      const unknown = new Set<string>();
      for (const visit of acceptedOf(run)) {
        expect(startedBy(visit).filter((id) => unknown.has(id))).toEqual([]);
        for (const { id, status } of Context.steps(Machine.context(visit.after))) {
          if (status === "unknown") unknown.add(id);
          else if (status === "completed" || saysNotDone(visit, id)) unknown.delete(id);
        }
      }
    });
  });

  test("has effect `external`, and is unknown after an interruption, a timeout or a restore", () => {
    holds(treeRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const { event } = visit;
        for (const id of moved(visit, "running", "unknown")) {
          expect(stepIn(visit.before, id)?.effect).toBe("external");
          if (event.type === "restore_checkpoint") continue;
          expect(event).toMatchObject({ type: "step_failed", stepId: id });
          expect(["interrupted", "timeout", "unknown"]).toContain(
            event.type === "step_failed" ? event.reason : undefined,
          );
        }
      }
    });
  });

  test("cannot fail by an interruption or a timeout", () => {
    holds(treeRuns, (run) => {
      for (const { event, after } of acceptedOf(run)) {
        if (event.type !== "step_failed") continue;
        const step = stepIn(after, event.stepId);
        if (step?.effect !== "external") continue;
        if (["interrupted", "timeout", "unknown"].includes(event.reason))
          expect(step.status).toBe("unknown");
      }
    });
  });
});

describe("the attempts of a step", () => {
  test("are no more than its retries, its questions and its agents allow", () => {
    holds(treeRuns, (run) => {
      for (const era of erasOf(run)) {
        const counts = new Map<string, number>();
        const add = (id: string, by: number) => counts.set(id, (counts.get(id) ?? 0) + by);
        for (const visit of era) {
          const { event, after } = visit;
          for (const id of startedBy(visit)) if (attachment(id) === null) add(id, 1);
          if (event.type !== "step_failed" || attachment(event.stepId) !== null) continue;
          const isFree = event.reason === "interrupted" || event.reason === "rate_limit";
          if (isFree || stepIn(after, event.stepId)?.status === "unknown") add(event.stepId, -1);
        }
        for (const [id, count] of counts) {
          const step = stepIn(era.at(-1)?.after as WorkflowMachine, id);
          if (step !== undefined) expect(count).toBeLessThanOrEqual(maxAttempts(step));
        }
      }
    });
  });

  test("are made by the agents of the chain in order, each only after the one before failed", () => {
    holds(treeRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        for (const { id, agentId, fallback } of Context.steps(Machine.context(visit.after))) {
          const before = stepIn(visit.before, id);
          if (fallback === undefined || before === undefined || before.agentId === agentId)
            continue;
          const chain = ["agent", ...fallback.agents];
          const { event } = visit;
          if (event.type === "restore_checkpoint") expect(agentId).toBe(chain[0]);
          else {
            expect(chain.indexOf(agentId)).toBe(chain.indexOf(before.agentId) + 1);
            expect(event).toMatchObject({ type: "step_failed", stepId: id });
            if (event.type === "step_failed") expect(fallback.on).toContain(event.reason);
          }
        }
      }
    });
  });
});

describe("a step whose answer is judged", () => {
  test("is completed only by its last check", () => {
    holds(treeRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const { event } = visit;
        if (event.type === "restore_checkpoint") continue;
        for (const id of ["running", "open"].flatMap((from) => moved(visit, from, "completed"))) {
          const { check = [], kind } = stepIn(visit.after, id) as StepInfo;
          if (kind !== undefined || !check.some(({ step }) => step !== undefined)) continue;
          expect(event).toMatchObject({
            type: "step_completed",
            stepId: `${id}:check-4`,
            result: { pass: true },
          });
        }
      }
    });
  });

  test("is not attempted again unless a check refused the answer", () => {
    holds(treeRuns, (run) => {
      for (const era of erasOf(run)) {
        const answered = new Set<string>();
        for (const visit of era) {
          const { event } = visit;
          expect(startedBy(visit).filter((id) => answered.has(id))).toEqual([]);
          if (event.type === "step_answered") answered.add(event.stepId);
          const { owner = "" } = "stepId" in event ? (attachment(event.stepId) ?? {}) : {};
          if (stepIn(visit.after, owner)?.status !== "open") answered.delete(owner);
        }
      }
    });
  });

  test("keeps the answer until it is settled or refused, in a snapshot too", () => {
    holds(treeRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const checked = Context.steps(Machine.context(after)).filter(
          ({ detail }) => detail?.checking !== undefined,
        );
        for (const { id, status, result } of checked)
          if (status === "open") expect(result).toEqual({ of: id });
      }
    });
  });
});

describe("a step that is attached to another", () => {
  test("is not counted among the steps", () => {
    holds(treeRuns, (run) => {
      const context = Machine.context(run.shell.machine);
      const leaves = Context.steps(context).filter(
        ({ id, kind }) => kind === undefined && attachment(id) === null,
      );
      const count = (wanted: string) => leaves.filter(({ status }) => status === wanted).length;
      const { totalSteps, completedSteps, failedSteps, cancelledSteps } = Context.metrics(context);
      expect({ totalSteps, completedSteps, failedSteps, cancelledSteps }).toEqual({
        totalSteps: leaves.length,
        completedSteps: count("completed"),
        failedSteps: count("failed"),
        cancelledSteps: count("cancelled"),
      });
    });
  });

  test("is unsettled only while the other waits for it", () => {
    holds(treeRuns, (run) => {
      const { machine, state } = run.shell;
      if (state === "failed") return;
      for (const { id, status } of Context.steps(Machine.context(machine))) {
        const attached = attachment(id);
        if (attached === null || !["ready", "running", "waiting"].includes(status)) continue;
        const owner = stepIn(machine, attached.owner)?.status;
        expect(owner).toBe(attached.name === "reconcile" ? "unknown" : "open");
      }
    });
  });
});

describe("a step that continues a conversation", () => {
  test("is given that of the same source in every attempt", () => {
    holds(treeRuns, (run) => {
      for (const era of erasOf(run)) {
        const sources = new Map<string, unknown>();
        for (const { after, effects } of era) {
          for (const effect of effects) {
            if (effect.type !== "run_step") continue;
            const { stepId, attemptNumber } = effect;
            if (stepIn(after, stepId)?.session === undefined) continue;
            const { session } = RunQueries.request(after, stepId, attemptNumber) ?? {};
            if (sources.has(stepId)) expect(session).toEqual(sources.get(stepId));
            else sources.set(stepId, session);
          }
        }
      }
    });
  });
});
