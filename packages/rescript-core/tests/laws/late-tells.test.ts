import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Context, Machine, State, type WorkflowEvent } from "../../src/index.js";
import { lawCases } from "../support/laws.js";
import { preparing } from "../support/machines.js";
import { trees } from "../support/random-trees.js";
import { type Workflow, workflows } from "../support/random-workflows.js";
import { describeEnd, Shell } from "../support/Shell.js";

// A shell that delivers the machine's own events late. The machine may refuse an event that is
// stale by then.
function runLate(workflow: Workflow, choices: readonly number[]) {
  const shell = new Shell(workflow);
  const tells: WorkflowEvent[] = [];
  const tell = (event: WorkflowEvent): void => {
    const outcome = Machine.transition(shell.machine, event, shell.now);
    if (!outcome.ok) return;
    shell.machine = outcome.machine;
    for (const effect of outcome.effects) {
      if (effect.type === "tell") tells.push(effect.event);
      else if (effect.type === "write_checkpoint")
        tells.push({ type: "checkpoint_created", checkpointId: "late" });
      else if (effect.type === "gather_results")
        tells.push({
          type: "results_aggregated",
          results: Context.results(Machine.context(shell.machine)),
        });
    }
  };
  const defs = workflow.tasks.map(({ def }) => def);
  for (const event of [
    ...preparing(defs, workflow.policy),
    { type: "steps_scheduled" } satisfies WorkflowEvent,
  ])
    tell(event);
  for (let turn = 0; turn < 1000 && !State.isTerminal(shell.state); turn += 1) {
    const choice = choices[turn] ?? 0;
    const running = shell.inFlight[choice % Math.max(1, shell.inFlight.length)];
    const question = shell.questions[choice % Math.max(1, shell.questions.length)];
    if (question !== undefined && choice % 5 === 0) tell(shell.answerTo(question));
    else if (tells.length > 0 && (running === undefined || choice % 3 === 0))
      tells.splice(0, 1).forEach(tell);
    else if (running !== undefined) tell(shell.outcomeOf(running));
    else if (shell.state === "paused")
      tell(question === undefined ? { type: "resume_workflow" } : shell.answerTo(question));
    else {
      shell.now = Math.max(
        shell.now,
        Context.nextDueAt(Machine.context(shell.machine)) ?? shell.now,
      );
      for (const effect of Machine.wake(shell.machine, shell.now))
        if (effect.type === "tell") tells.push(effect.event);
    }
  }
  return describeEnd(shell.machine);
}

describe("an event that the machine sends to itself", () => {
  test("can arrive late: no step is started twice or forgotten", () => {
    fc.assert(
      fc.property(
        workflows,
        fc.array(fc.nat(99), { maxLength: 80, size: "max" }),
        (workflow, choices) => {
          expect(runLate(workflow, choices)).toEqual(
            describeEnd(new Shell(workflow).begin().finish().machine),
          );
        },
      ),
      { numRuns: lawCases },
    );
  });

  test("can arrive late: no answer is overtaken by a pause, and no sleep is cut short", () => {
    fc.assert(
      fc.property(
        trees,
        fc.array(fc.nat(99), { maxLength: 80, size: "max" }),
        (workflow, choices) => {
          expect(runLate(workflow, choices)).toEqual(
            describeEnd(new Shell(workflow).begin().finish().machine),
          );
        },
      ),
      { numRuns: lawCases },
    );
  });
});
