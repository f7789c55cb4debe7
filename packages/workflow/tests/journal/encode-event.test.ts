import { expect, test } from "vitest";
import { Machine, type WorkflowEvent } from "../../src/core/workflow-state-machine.js";
import { encodeEvent } from "../../src/journal/encode-event.js";

test("the row of a create_checkpoint event contains the name but not the kind", () => {
  const machine = Machine.make(0);
  const requests: WorkflowEvent[] = [
    { type: "create_checkpoint" },
    { type: "create_checkpoint", kind: "automatic" },
    { type: "create_checkpoint", kind: "step", name: "after-build" },
    { type: "create_checkpoint", kind: "manual", name: "before-lunch" },
  ];
  expect(requests.map((event) => encodeEvent(event, machine, machine).entry)).toEqual([
    { type: "create_checkpoint", payload: "{}" },
    { type: "create_checkpoint", payload: "{}" },
    { type: "create_checkpoint", payload: '{"name":"after-build"}' },
    { type: "create_checkpoint", payload: '{"name":"before-lunch"}' },
  ]);
});
