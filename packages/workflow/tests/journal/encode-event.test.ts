import { expect, test } from "vitest";
import { Context, type WorkflowEvent } from "../../src/core/workflow-state-machine.js";
import { encodeEvent } from "../../src/journal/encode-event.js";

test("a row of create_checkpoint keeps the name and not the kind", () => {
  const context = Context.create(0);
  const requests: WorkflowEvent[] = [
    { type: "create_checkpoint" },
    { type: "create_checkpoint", kind: "automatic" },
    { type: "create_checkpoint", kind: "step", name: "after-build" },
    { type: "create_checkpoint", kind: "manual", name: "before-lunch" },
  ];
  expect(requests.map((event) => encodeEvent(event, context, context).entry)).toEqual([
    { type: "create_checkpoint", payload: "{}" },
    { type: "create_checkpoint", payload: "{}" },
    { type: "create_checkpoint", payload: '{"name":"after-build"}' },
    { type: "create_checkpoint", payload: '{"name":"before-lunch"}' },
  ]);
});
