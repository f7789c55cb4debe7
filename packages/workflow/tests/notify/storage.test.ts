import { describe, expect, test } from "vitest";
import { WorkflowEngine } from "../../src/index.js";
import { isAfter, positionAfter, type WaitingNotice } from "../../src/notify/outbox-position.js";
import { signNotice } from "../../src/notify/sign-notice.js";
import type { RunOwner } from "../../src/storage/StoragePort.js";
import { workflow } from "../support/workflows.js";

const RECEIVER = "a".repeat(64);

const owner = (ownerId: string): RunOwner => ({ ownerId, host: "h", pid: 1, processStart: "" });

async function withRun(): Promise<WorkflowEngine> {
  const engine = await WorkflowEngine.open({ database: ":memory:", agents: { "*": () => 1 } });
  await (await engine.start(workflow({ a: [] }), { runId: "r" })).ending;
  engine.storage.notices.add([{ runId: "r", receiver: RECEIVER, name: "n", seq: 2 }]);
  return engine;
}

describe("the notices of a storage", () => {
  test("keep how far a receiver came; one that is added again stays where it is", async () => {
    await using engine = await withRun();
    const { notices } = engine.storage;
    const position = { runId: "r", receiver: RECEIVER, seq: 4, part: 1, failures: 2, givenUp: 0 };
    notices.record({ ...position, dueAt: 9, error: "down" });
    notices.add([{ runId: "r", receiver: RECEIVER, name: "other", seq: 0 }]);
    expect(notices.ofRun("r")).toEqual([{ ...position, name: "n", dueAt: 9, error: "down" }]);
    notices.record(position);
    expect(notices.ofRun("r")).toEqual([{ ...position, name: "n" }]);
  });

  test("are unsettled before the end of the journal, and once one was given up", async () => {
    await using engine = await withRun();
    const { notices } = engine.storage;
    const seq = engine.storage.getRun("r")?.journalSeq ?? 0;
    const position = { runId: "r", receiver: RECEIVER, part: 0, failures: 0 };
    const unsettled = (): number => notices.unsettled().length;
    const seen = [unsettled()];
    notices.record({ ...position, seq, givenUp: 0 });
    seen.push(unsettled());
    notices.record({ ...position, seq, givenUp: 1 });
    seen.push(unsettled());
    expect(seen).toEqual([1, 0, 1]);
  });

  test("are claimed by one engine at a time, until it dies, is late or lets others", async () => {
    await using engine = await withRun();
    const { notices } = engine.storage;
    const claim = (id: string, now: number, isDead = false): boolean =>
      notices.claim({
        runId: "r",
        owner: owner(id),
        now,
        heldUntil: now + 10,
        isDead: () => isDead,
      });
    const claims = [
      claim("one", 0),
      claim("one", 5),
      claim("two", 5),
      claim("two", 6, true),
      claim("one", 7),
      claim("one", 17),
    ];
    notices.release("r", "two");
    claims.push(claim("two", 18));
    notices.release("r", "one");
    claims.push(claim("two", 18));
    expect(claims).toEqual([true, true, false, true, false, true, false, true]);
  });
});

describe("the position of a receiver", () => {
  const waiting = (seq: number, part: number): WaitingNotice =>
    ({ notice: { seq }, part }) as WaitingNotice;

  test("passes each notice of an entry, the entry, and entries without notices", () => {
    expect([
      positionAfter(waiting(5, 1), waiting(5, 2), 9),
      positionAfter(waiting(5, 2), waiting(8, 1), 9),
      positionAfter(waiting(8, 1), undefined, 9),
    ]).toEqual([
      { seq: 4, part: 1 },
      { seq: 7, part: 0 },
      { seq: 9, part: 0 },
    ]);
  });

  test("decides what is still to be delivered", () => {
    const position = { seq: 4, part: 1 };
    const places = [
      { seq: 4, part: 9 },
      { seq: 5, part: 1 },
      { seq: 5, part: 2 },
      { seq: 6, part: 1 },
    ];
    expect(places.map((place) => isAfter(place, position))).toEqual([false, false, true, true]);
  });
});

describe("signNotice", () => {
  test("gives the signature of the example of Standard Webhooks", () => {
    expect(
      signNotice("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1614265330,
        body: '{"test": 2432232314}',
      }),
    ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });
});
