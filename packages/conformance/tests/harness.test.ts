import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatedClock } from "@automatosx/workflow/testing";
import { afterAll, describe, expect, test } from "vitest";
import { MovedClock } from "../src/engine/MovedClock.ts";
import { AgentNotes } from "../src/harness/AgentNotes.ts";
import { SwallowingProxy } from "../src/harness/SwallowingProxy.ts";

const folder = mkdtempSync(join(tmpdir(), "axw-harness-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("AgentNotes", () => {
  test("reads what was added, and a line only once it is whole", () => {
    const path = join(folder, "notes.jsonl");
    const notes = new AgentNotes(path);
    appendFileSync(path, '{"what":"started"}\n{"what":"ans');
    const before = notes.read().map(({ what }) => what);
    appendFileSync(path, 'wered"}\n');
    const after = notes.read().map(({ what }) => what);
    notes.close();
    expect([before, after]).toEqual([["started"], ["started", "answered"]]);
  });
});

describe("MovedClock", () => {
  test("fires what is due when it is moved, and the rest when its time has come", async () => {
    const clock = new SimulatedClock();
    const moved = new MovedClock(clock);
    const fired: string[] = [];
    moved.setTimer(1000, () => void fired.push("soon"));
    moved.setTimer(5000, () => void fired.push("later"));
    const cancel = moved.setTimer(1000, () => void fired.push("never"));
    cancel();
    const before = moved.now();
    moved.move(3000);
    await clock.advance(1);
    const [aheadMs, first] = [moved.now() - before, [...fired]];
    await clock.advance(2000);
    expect([aheadMs, first, fired]).toEqual([3001, ["soon"], ["soon", "later"]]);
  });
});

describe("SwallowingProxy", () => {
  test("holds back what is sent while it swallows, and forwards it once it is healed", async () => {
    const server = createServer((socket) => void socket.pipe(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    await using proxy = await SwallowingProxy.start({ host: "127.0.0.1", port });
    const client = connect(proxy.port, "127.0.0.1");
    const received: string[] = [];
    client.setEncoding("utf8").on("data", (text: string) => void received.push(text));
    const answer = once(client, "data");
    client.write("a");
    await answer;
    proxy.swallow();
    client.write("b");
    // A second client gets through to nothing either, and is no evidence that time has passed.
    const other = connect(proxy.port, "127.0.0.1");
    await once(other, "connect");
    const held = [...received];
    const late = once(client, "data");
    proxy.heal();
    await late;
    client.destroy();
    other.destroy();
    server.close();
    expect([held, received.join("")]).toEqual([["a"], "ab"]);
  });
});
