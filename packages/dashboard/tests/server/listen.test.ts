import { request } from "node:http";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow/observe";
import { describe, expect, test, vi } from "vitest";
import { listen, ownHost, type ServedDashboard } from "../../src/server/listen.js";
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

/** Asks to pause a run that does not exist. `fetch` does not let a caller choose the host. */
function statusOfPost(
  { address, key }: ServedDashboard,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${address}/api/v1/runs/none/pause`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, ...headers },
    })
      .on("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on("error", reject)
      .end("{}");
  });
}

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

  test.each([
    ["runs.example.com:443", "runs.example.com", "https://runs.example.com"],
    ["Runs.example.com", "runs.example.com", "https://runs.example.com"],
    ["runs.example.com:8443", "runs.example.com:8443", "https://runs.example.com:8443"],
    ["127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080"],
  ])("answers for the allowed host %s", async (allowed, host, origin) => {
    await using served = new Served();
    await served.engine({});
    const storage = openSqliteStorage({ path: served.database });
    await using server = await listen({
      ...{ storage, port: 0, control: noControl, folder: served.folder, version: "" },
      allowedHosts: [allowed],
    });
    const headers = { Host: host, Origin: origin, "Content-Type": "application/json" };
    expect(await statusOfPost(server, headers)).toBe(404);
    expect(await statusOfPost(server, { ...headers, Origin: "https://evil.example" })).toBe(403);
    expect(await statusOfPost(server, { ...headers, Host: "evil.example" })).toBe(403);
    storage.close();
  });

  test("is named without its port if that is the default of HTTP", () => {
    expect([ownHost("localhost", 80), ownHost("[::1]", 4500)]).toEqual(["localhost", "[::1]:4500"]);
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
