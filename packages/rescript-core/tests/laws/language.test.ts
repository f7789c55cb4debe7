import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Context, Machine, type StepInfo, type WorkflowMachine } from "../../src/index.js";
import { acceptedOf, holds, lawCases, startedBy, stepsOf } from "../support/laws.js";
import { step } from "../support/machines.js";
import { orderlyTreeRuns, treeRuns } from "../support/random-runs.js";
import { describeEnd, Shell } from "../support/Shell.js";

/** A cancelled step resolves no edge: its run has ended. */
const isResolved = (info: StepInfo): boolean => isSettled(info) && info.status !== "cancelled";

const isSettled = ({ status }: StepInfo): boolean =>
  status === "completed" || status === "failed" || status === "skipped" || status === "cancelled";

/** The instances of a machine, by path. */
const byPath = (machine: WorkflowMachine): ReadonlyMap<string, StepInfo> =>
  new Map(stepsOf(machine).map((info) => [info.id, info]));

/** The path of the step as a whole, for an item or a round of one. */
const wholeOf = (path: string): string => path.replace(/(?:\[[^\]]*\]|#\d+)$/, "");

/** The path of the instance around a step, with its dot. */
const around = (path: string): string => path.slice(0, path.lastIndexOf(".") + 1);

/** The steps as a whole that stand around an instance, itself included. */
function wholesOf(path: string): string[] {
  const whole = wholeOf(path);
  const outer = around(whole);
  return outer === "" ? [whole] : [...wholesOf(outer.slice(0, -1)), whole];
}

function isSatisfied(mode: string, { status, continueOnError, detail }: StepInfo): boolean {
  if (status === "completed" || (status === "failed" && continueOnError)) return true;
  if (status === "failed") return mode === "done";
  if (status !== "skipped") return false;
  return mode !== "ok" && (mode !== "listed" || detail?.reason !== undefined);
}

/** The edges of a step: the mode of each, and the step that it leads to. */
function edgesOf(info: StepInfo, steps: ReadonlyMap<string, StepInfo>) {
  return info.dependencies.flatMap((id) => {
    const on = steps.get(`${around(info.id)}${id}`);
    return on === undefined ? [] : [{ mode: info.joins?.[id] ?? "ok", on }];
  });
}

function mayEnter(info: StepInfo, steps: ReadonlyMap<string, StepInfo>): boolean {
  const edges = edgesOf(info, steps);
  const choices = edges.filter(({ mode }) => mode !== "ok");
  return (
    edges.every(({ mode, on }) => isSatisfied(mode, on)) &&
    (info.join !== "any" || choices.some(({ on }) => on.status === "completed"))
  );
}

describe("a step of a workflow with conditions, groups, items and rounds", () => {
  test("starts only after every edge of it, and of what is around it, is satisfied", () => {
    holds(treeRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const started = startedBy(visit);
        if (started.length === 0) continue;
        const steps = byPath(visit.before);
        const early = started
          .flatMap(wholesOf)
          .filter((path) => !mayEnter(steps.get(path) as StepInfo, steps));
        expect(early).toEqual([]);
      }
    });
  });

  test("is skipped if and only if it expires, its condition is false or an edge is broken", () => {
    holds(treeRuns, ({ shell }) => {
      const steps = byPath(shell.machine);
      for (const info of steps.values()) {
        if (info.id !== wholeOf(info.id)) continue;
        const edges = edgesOf(info, steps);
        const isBroken = edges.some(({ mode, on }) => isResolved(on) && !isSatisfied(mode, on));
        const choices = edges.filter(({ mode }) => mode !== "ok");
        const isHopeless =
          info.join === "any" &&
          choices.every(({ on }) => isResolved(on)) &&
          !choices.some(({ on }) => on.status === "completed");
        if (info.status === "skipped" && info.detail?.reason === undefined)
          expect([info.id, isBroken || isHopeless]).toEqual([info.id, true]);
        if (info.status !== "skipped" && info.status !== "cancelled")
          expect([info.id, isBroken || isHopeless]).toEqual([info.id, false]);
      }
    });
  });

  test("has a path of its own, below the path of what is around it", () => {
    holds(treeRuns, ({ shell }) => {
      const paths = stepsOf(shell.machine).map(({ id }) => id);
      expect(new Set(paths).size).toBe(paths.length);
      const orphans = paths.filter((path) =>
        wholesOf(path).some((whole) => !paths.includes(whole)),
      );
      expect(orphans).toEqual([]);
    });
  });
});

describe("a group, a fan-out or a loop", () => {
  const inside = (info: StepInfo, steps: ReadonlyMap<string, StepInfo>): StepInfo[] =>
    [...steps.values()].filter(
      ({ id }) => id !== info.id && (wholeOf(id) === info.id || around(id) === `${info.id}.`),
    );

  test("is completed or failed if and only if everything in it is settled", () => {
    holds(treeRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const steps = byPath(after);
        for (const info of steps.values()) {
          if (info.kind === undefined) continue;
          const all = inside(info, steps);
          const open = all.filter((inner) => !isSettled(inner));
          if (info.status === "completed" || info.status === "failed") expect(open).toEqual([]);
          // A run that is failed from outside cancels its attempts and leaves their groups open.
          if (info.status === "open" && all.every(({ status }) => status !== "cancelled"))
            expect(open.length).toBeGreaterThan(0);
        }
      }
    });
  });

  test("begins a round only after the round before is completed or skipped", () => {
    holds(treeRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const steps = byPath(after);
        for (const { id } of steps.values()) {
          const [, whole = "", number = "1"] = /^(.*)#(\d+)$/.exec(id) ?? [];
          if (Number(number) < 2) continue;
          expect(["completed", "skipped"]).toContain(
            steps.get(`${whole}#${Number(number) - 1}`)?.status,
          );
        }
      }
    });
  });

  test("has no more items begun and not settled than its concurrency", () => {
    holds(treeRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const steps = byPath(after);
        for (const info of steps.values()) {
          if (info.kind !== "foreach") continue;
          const begun = inside(info, steps).filter(
            (inner) => inner.status !== "pending" && !isSettled(inner),
          );
          expect(begun.length).toBeLessThanOrEqual(info.foreach?.concurrency ?? begun.length);
        }
      }
    });
  });
});

describe("a run of such a workflow", () => {
  test("ends the same in any order, with late and lost answers, pauses and checkpoints", () => {
    holds(orderlyTreeRuns, ({ workflow, shell }) => {
      const sorted = (machine: WorkflowMachine) => {
        const { steps, ...rest } = describeEnd(machine) as { steps: { id: string }[] };
        return { ...rest, steps: steps.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
      };
      expect(sorted(shell.finish().machine)).toEqual(
        sorted(new Shell(workflow).begin().finish().machine),
      );
    });
  });

  test("equals the fold of its journal", () => {
    holds(treeRuns, ({ workflow, shell }) => {
      const again = new Shell(workflow);
      for (const { event, at } of shell.journal) {
        const outcome = Machine.transition(again.machine, event, at);
        if (!outcome.ok) throw new Error(`${outcome.event} is refused: ${outcome.reason}`);
        again.machine = outcome.machine;
      }
      expect(Machine.snapshot(again.machine, undefined)).toEqual(
        Machine.snapshot(shell.machine, undefined),
      );
    });
  });

  test("gives an item the same path wherever it stands in the list", () => {
    const items = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(items, fc.nat(), (list, turn) => {
        const pathsOf = (order: readonly string[]): string[] => {
          const def = step("each", { foreach: { in: [...order], as: "item" } });
          const workflow = { tasks: [{ def, failures: 0 }], policy: { agentConcurrency: {} } };
          const { machine } = new Shell(workflow).begin().finish();
          return Context.steps(Machine.context(machine))
            .map(({ id }) => id)
            .sort();
        };
        const by = turn % list.length;
        expect(pathsOf([...list.slice(by), ...list.slice(0, by)])).toEqual(pathsOf(list));
      }),
      { numRuns: lawCases },
    );
  });
});
