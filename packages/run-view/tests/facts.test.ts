import { describe, expect, test } from "vitest";
import { RunView } from "../src/index.js";
import { type Fact, journalOf, originOf, PREPARATION } from "./support/journal.js";

const waitsFor = (signal: string, id: string, dependencies: readonly string[] = []) =>
  ({ id, agentId: "@wait", task: "", wait: { signal }, dependencies }) as never;

/** The types and steps of the events of the last entry. */
function lastEvents(steps: readonly never[], ...facts: readonly Fact[]): string[] {
  const view = new RunView(originOf(steps), { artifact: () => undefined });
  const events = journalOf(...PREPARATION, ...facts).map((entry) => view.apply(entry));
  return (events.at(-1) ?? []).map(
    (event) => `${event.type} ${"stepId" in event ? event.stepId : "-"}`,
  );
}

describe("the event of a signal", () => {
  test("names the step that it reached, not one that a stop has ended", () => {
    const stop = { id: "halt", agentId: "@stop", task: "", stop: { as: "completed" } };
    expect(
      lastEvents(
        [
          waitsFor("other", "first"),
          waitsFor("go", "second"),
          { ...stop, dependencies: ["second"] } as never,
        ],
        ["signal_received", { name: "go", data: 1 }],
      ),
    ).toEqual([
      "signal_received second",
      "step_completed second",
      "step_completed halt",
      "run_stopped halt",
    ]);
  });

  test("names no step if the signal is kept, although others wait", () => {
    expect(
      lastEvents([waitsFor("other", "first")], ["signal_received", { name: "go", data: 1 }]),
    ).toEqual(["signal_received -"]);
  });
});
