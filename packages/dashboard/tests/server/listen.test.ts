import { get } from "node:http";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow/observe";
import { describe, expect, test, vi } from "vitest";
import { hostOf, listen, type ServedDashboard } from "../../src/server/listen.js";
import { MessageReader } from "../support/messages.js";
import { Dashboard, noControl, Served } from "../support/served.js";

const TWO = `
id: two
steps:
  - { id: first, agentId: gate, task: Wait. }
  - { id: second, agentId: gate, task: Wait., dependencies: [first] }
`;

function serve(served: Served, storage: StoragePort, port = 0): Promise<ServedDashboard> {
  return listen({
    ...{ storage, port, control: noControl, folder: served.folder, version: "" },
  });
}

/** Requests over a socket, as a browser sends them. */
function overSocket({ address, key }: ServedDashboard): Dashboard {
  return new Dashboard((request) =>
    fetch(new URL(new URL(request.url).pathname + new URL(request.url).search, address), {
      headers: {
        Authorization: `Bearer ${key}`,
        ...Object.fromEntries([...request.headers].filter(([name]) => name === "last-event-id")),
      },
    }),
  );
}

/** The status for a request without the key that names this host. */
function statusFor(server: ServedDashboard, host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  get(`${server.address}/api/v1/pulse`, { headers: { Host: host } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }).once("error", reject);
  return promise;
}

describe("the hosts that a request may name", () => {
  test("are the names of this machine, and allowed ones in the letters that browsers send", async () => {
    await using served = new Served();
    await served.engine({});
    const storage = openSqliteStorage({ path: served.database });
    await using server = await listen({
      ...{ storage, port: 0, control: noControl, folder: served.folder, version: "" },
      allowedHosts: ["Tunnel.Example:8080", "runs.example:443"],
    });
    const { port } = new URL(server.address);
    const allowed = [`localhost:${port}`, "tunnel.example:8080", "runs.example"];
    const hosts = [...allowed, "tunnel.example", "localhost"];
    const statuses: (number | undefined)[] = [];
    for (const host of hosts) statuses.push(await statusFor(server, host));
    expect(statuses).toEqual([401, 401, 401, 403, 403]);
    storage.close();
  });

  test("have no port if it is the default of HTTP, as in what browsers send", () => {
    expect([hostOf("localhost", 80), hostOf("[::1]", 4500)]).toEqual(["localhost", "[::1]:4500"]);
  });
});

describe("a dashboard that listens", () => {
  test("serves eight streams with one poll of the database, and ends each with its client", async () => {
    await using served = new Served();
    const { promise, resolve } = Promise.withResolvers<void>();
    const engine = await served.engine({ gate: () => promise });
    const run = await engine.start(TWO);
    const storage = openSqliteStorage({ path: served.database });
    await using server = await serve(served, storage);
    const dashboard = overSocket(server);
    const tabs = await Promise.all(
      Array.from({ length: 8 }, () => MessageReader.open(dashboard, `run=${run.id}`)),
    );
    for (const tab of tabs) await tab.until("entries");
    resolve();
    const ends = tabs.map(async (tab) => {
      const { entries } = await tab.until("entries", (each) =>
        each.entries.some(([, type]) => type === "complete_workflow"),
      );
      return entries.at(-1)?.[1];
    });
    expect(await Promise.all(ends)).toEqual(tabs.map(() => "complete_workflow"));
    for (const tab of tabs) await tab[Symbol.asyncDispose]();
    const polls = vi.spyOn(storage, "dataVersion");
    await vi.waitFor(() => {
      polls.mockClear();
      return new Promise<void>((done, failed) => {
        setTimeout(
          () => (polls.mock.calls.length === 0 ? done() : failed(new Error("polls"))),
          150,
        );
      });
    }, 5000);
    storage.close();
  });

  test("that is restarted continues a stream without a gap", async () => {
    await using served = new Served();
    const { promise, resolve } = Promise.withResolvers<void>();
    const engine = await served.engine({ gate: () => promise });
    const run = await engine.start(TWO);
    const storage = openSqliteStorage({ path: served.database });
    const first = await serve(served, storage);
    const messages = await MessageReader.open(overSocket(first), `run=${run.id}`);
    const before = (await messages.until("entries")).entries.map(([seq]) => seq);
    await first.close();
    await expect(messages.until("problem")).rejects.toThrow();
    resolve();
    await run.ending;
    await using second = await serve(served, storage, Number(new URL(first.address).port));
    expect(second.key).not.toBe(first.key);
    await using again = await MessageReader.open(overSocket(second), `run=${run.id}`, {
      "last-event-id": String(before.at(-1)),
    });
    const after = (await again.until("entries")).entries.map(([seq]) => seq);
    expect([...before, ...after]).toEqual([...before, ...after].map((_, index) => index + 1));
    storage.close();
  });
});
