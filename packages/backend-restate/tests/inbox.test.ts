import { describe, expect, test } from "vitest";
import type { InboxCalls } from "../src/services/faces.js";
import { inboxHandlers } from "../src/services/inbox.js";
import { nameOf, type QueuedCommand } from "../src/wire.js";
import { StoredObject } from "./support/stored-object.js";

const calls: InboxCalls = inboxHandlers({ keepsRows: true });

const command = (answerTo: string): QueuedCommand => ({
  ...{ command: { verb: "pause" }, sentAt: 1, answerTo },
});

const drives = ({ sent }: StoredObject): number =>
  sent.filter(({ handler }) => handler === "drive").length;

describe("the commands of a run", () => {
  test("reach the segment that listens, and stay until it has performed them", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    expect(await calls.arrive(ctx, { listener: "first" })).toEqual([]);
    await calls.put(ctx, command("a"));
    expect(inbox.given).toEqual([{ id: "first", value: [command("a")] }]);
    await calls.take(ctx, { listener: "second", performed: ["a"] });
    expect(inbox.given).toHaveLength(1);
    expect(Object.fromEntries(inbox.state)).toEqual({ listener: "second" });
    expect(drives(inbox)).toBe(0);
  });

  test("are named if no answer names them, and are not performed twice either", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    const news = { news: "resumed", sentAt: 1, runId: "run.audit", stepId: "audit" } as const;
    const told: QueuedCommand = {
      command: { verb: "pause" },
      sentAt: 1,
      fromParent: { runId: "p" },
    };
    await calls.put(ctx, news);
    await calls.put(ctx, told);
    const queue = [
      { ...news, id: "id-1" },
      { ...told, id: "id-2" },
    ];
    expect(await calls.arrive(ctx, { listener: "first" })).toEqual(queue);
    await calls.take(ctx, { listener: "first", performed: queue.map(nameOf) });
    expect(Object.fromEntries(inbox.state)).toEqual({ listener: "first" });
  });

  test("are given again if the segment that was given them has ended first", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    expect(await calls.arrive(ctx, { listener: "first" })).toEqual([]);
    await calls.put(ctx, command("a"));
    expect(await calls.arrive(ctx, { listener: "second" })).toEqual([command("a")]);
  });

  test("start a segment if the last one has left without performing them", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    await calls.arrive(ctx, { listener: "last" });
    await calls.put(ctx, command("a"));
    expect(drives(inbox)).toBe(0);
    await calls.leave(ctx, { listener: "last" });
    expect(drives(inbox)).toBe(1);
    expect(await calls.arrive(ctx, { listener: "next" })).toEqual([command("a")]);
  });

  test("start a segment if none listens", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    await calls.arrive(ctx, { listener: "last" });
    await calls.leave(ctx, { listener: "last" });
    expect([...inbox.state]).toEqual([]);
    await calls.put(ctx, command("a"));
    expect(inbox.given).toEqual([]);
    expect(drives(inbox)).toBe(1);
  });

  test("that arrive while others are performed are given without those", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    expect(await calls.arrive(ctx, { listener: "first" })).toEqual([]);
    await calls.put(ctx, command("a"));
    await calls.put(ctx, command("b"));
    await calls.take(ctx, { listener: "second", performed: ["a"] });
    expect(inbox.given.at(-1)).toEqual({ id: "second", value: [command("b")] });
  });

  test("do not end the listening of a later segment when an earlier one leaves late", async () => {
    const inbox = new StoredObject();
    const ctx = inbox.context();
    await calls.arrive(ctx, { listener: "next" });
    await calls.leave(ctx, { listener: "last" });
    expect(Object.fromEntries(inbox.state)).toEqual({ listener: "next" });
    expect(drives(inbox)).toBe(0);
  });
});
