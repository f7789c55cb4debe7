import { describe, expect, test } from "vitest";
import { HANDED_OVER } from "../src/children/family-messages.js";
import type { InboxCalls } from "../src/services/faces.js";
import { inboxHandlers } from "../src/services/inbox.js";
import { StoredObject } from "./support/stored-object.js";

const handlers = inboxHandlers({ keepsRows: true });
const calls: InboxCalls = handlers;

const step = { stepId: "audit", attemptNumber: 1 };
const run = { stepId: "audit", runId: "run.audit" };
const pause = { ...step, command: { verb: "pause" }, sentAt: 5 } as const;
const cancel = { ...step, command: { verb: "cancel" }, sentAt: 5 } as const;

describe("what an inbox knows of child runs", () => {
  test("keeps a command until an attempt joins a run, and then passes the next ones on", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    await calls.tellChild(ctx, pause);
    expect(inbox.sent).toEqual([]);
    const joined = await calls.join(ctx, { ...step, runId: run.runId });
    expect(joined).toEqual({ rests: 0, told: [{ verb: "pause" }] });
    await calls.tellChild(ctx, { ...pause, command: { verb: "resume" } });
    expect(inbox.sent).toEqual([
      {
        handler: "put",
        message: { command: { verb: "resume" }, sentAt: 5, fromParent: { runId: "run" } },
      },
    ]);
  });

  test("keeps a command for the attempt that it is about", async () => {
    const ctx = new StoredObject().context();
    await calls.tellChild(ctx, pause);
    const next = { stepId: "audit", attemptNumber: 2, runId: run.runId };
    expect((await calls.join(ctx, next)).told).toEqual([]);
  });

  test("marks a run that the parent has cancelled, and forgets one that is another's", async () => {
    const ctx = new StoredObject().context();
    await calls.join(ctx, { ...step, runId: run.runId });
    await calls.tellChild(ctx, cancel);
    expect(await calls.children(ctx)).toEqual([{ ...run, isCancelled: true }]);
    await calls.forget(ctx, { ...step, runId: run.runId });
    expect(await calls.children(ctx, "audit")).toEqual([]);
  });

  test("wakes those who wait when a run rests, at once if it has rested meanwhile", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    await calls.join(ctx, { ...step, runId: run.runId });
    const watch = (listener: string, after: number) =>
      calls.watch(ctx, { stepId: "audit", by: listener, listener, after });
    await watch("first", 0);
    await calls.rested(ctx, { ...run, status: "paused" });
    await watch("late", 0);
    await watch("second", 1);
    await handlers.handOver(ctx);
    expect(inbox.given).toEqual([
      { id: "first", value: 1 },
      { id: "late", value: 1 },
      { id: "second", value: HANDED_OVER },
    ]);
    expect(await calls.children(ctx)).toEqual([{ ...run, status: "paused" }]);
  });

  test("stores nothing of a run that rests after its parent was removed", async () => {
    const inbox = new StoredObject();
    await calls.rested(inbox.context(), { ...run, status: "cancelled" });
    expect([...inbox.state]).toEqual([]);
  });
});
