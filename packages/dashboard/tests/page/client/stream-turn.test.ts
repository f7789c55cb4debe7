import { describe, expect, test } from "vitest";
import { type StreamTurn, waitForTurn } from "../../../src/page/client/stream-turn.ts";

const { locks } = navigator;
const never = new AbortController().signal;

describe("waitForTurn", () => {
  test("grants four turns at once; the fifth tab has its turn when one of them ends", async () => {
    const held: StreamTurn[] = [];
    for (let tab = 0; tab < 4; tab += 1) held.push(await waitForTurn(locks, never));
    expect(await Promise.all(held.map((turn) => turn.isWanted()))).toEqual([
      ...[false, false, false, false],
    ]);
    const fifth = waitForTurn(locks, never);
    await expect.poll(() => Promise.all(held.map((turn) => turn.isWanted()))).toContain(true);
    const wanted = await Promise.all(held.map((turn) => turn.isWanted()));
    held[wanted.indexOf(true)]?.end();
    const turn = await fifth;
    expect(await turn.isWanted()).toBe(false);
    for (const each of [...held, turn]) each.end();
  });

  test("stops waiting when the tab no longer needs a stream", async () => {
    const held = await Promise.all([1, 2, 3, 4].map(() => waitForTurn(locks, never)));
    const stopped = new AbortController();
    const fifth = waitForTurn(locks, stopped.signal);
    stopped.abort(new Error("hidden"));
    await expect(fifth).rejects.toThrow("hidden");
    for (const turn of held) turn.end();
  });

  test("grants every turn where the browser has no locks", async () => {
    const turns = await Promise.all([1, 2, 3, 4, 5].map(() => waitForTurn(undefined, never)));
    expect(await Promise.all(turns.map((turn) => turn.isWanted()))).not.toContain(true);
  });
});
