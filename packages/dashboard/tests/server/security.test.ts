import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { API_BASE, PATHS } from "../../src/api/paths.js";
import { listen } from "../../src/server/listen.js";
import { Dashboard, HOST, KEY, noControl, Served } from "../support/served.js";

const ORIGIN = `http://${HOST}`;
const POST = { Origin: ORIGIN, "Content-Type": "application/json" };

/** Asks for a path exactly as it is written. */
async function statusOf(
  dashboard: Dashboard,
  path: string,
  init: Parameters<Dashboard["request"]>[1] = {},
): Promise<number> {
  return (await dashboard.request(path, init)).status;
}

async function empty(served: Served): Promise<Dashboard> {
  await served.engine({});
  return served.dashboard();
}

describe("the key", () => {
  const withoutKey = { headers: { Authorization: "" } };

  test.each(Object.values(PATHS).map((path) => path.split(" ") as [string, string]))(
    "is needed for %s %s",
    async (method, path) => {
      await using served = new Served();
      const dashboard = await empty(served);
      const filled = path.replace(/:[a-z]+/g, "1");
      const headers = { Authorization: "", ...(method === "POST" && POST) };
      const body = method === "POST" ? { body: "{}" } : {};
      expect(await statusOf(dashboard, `${API_BASE}${filled}`, { method, headers, ...body })).toBe(
        401,
      );
    },
  );

  test.each([
    "/%61pi/v1/pulse",
    "/api%2Fv1/pulse",
    "/api/v1%2Fpulse",
    "/api/v1/./pulse",
    "/api/v1/runs/../pulse",
    "/x/../api/v1/pulse",
    "//api/v1/pulse",
    "/api//v1/pulse",
    "/API/v1/pulse",
    "/api/v1/pulse/",
    "/api/v1/pulse%00",
    "/api/v1\\pulse",
  ])("is needed however the path is spelt: %s", async (path) => {
    await using served = new Served();
    const dashboard = await empty(served);
    const response = await dashboard.request(path, withoutKey);
    // Either the API refuses it, or it is no path of the API and shows the page.
    const text = await response.text();
    expect({
      isData: text.includes('"counts"'),
      isShown: response.status === 200 && text.startsWith("{"),
    }).toEqual({ isData: false, isShown: false });
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    `Basic ${KEY}`,
    `Bearer ${KEY}x`,
    `bearer${KEY}`,
    `Bearer x${KEY}`,
  ])("is not %j", async (authorization) => {
    await using served = new Served();
    const dashboard = await empty(served);
    expect(
      await statusOf(dashboard, `${API_BASE}/pulse`, { headers: { Authorization: authorization } }),
    ).toBe(401);
  });

  test("is not read from the address or a cookie", async () => {
    await using served = new Served();
    const dashboard = await empty(served);
    const headers = { Authorization: "", Cookie: `axw-key=${KEY}` };
    expect(await statusOf(dashboard, `${API_BASE}/pulse?key=${KEY}`, { headers })).toBe(401);
  });
});

describe("a request for another host", () => {
  test.each(["evil.example", "127.0.0.1", "127.0.0.1:4501", "localhost:4500.evil.example", ""])(
    "is refused: %j",
    async (host) => {
      await using served = new Served();
      const dashboard = await empty(served);
      for (const path of ["/", "/runs/1", `${API_BASE}/pulse`])
        expect(await statusOf(dashboard, path, { headers: { Host: host } })).toBe(403);
    },
  );
});

describe("a request that changes something", () => {
  const cancel = `${API_BASE}/runs/1/cancel`;

  test.each<[string, Record<string, string>, number]>([
    ["without an origin", { "Content-Type": "application/json" }, 403],
    ["of another origin", { ...POST, Origin: "http://evil.example" }, 403],
    ["of another port", { ...POST, Origin: "http://127.0.0.1:4501" }, 403],
    ["of another scheme", { ...POST, Origin: `https://${HOST}` }, 403],
    ["of no origin", { ...POST, Origin: "null" }, 403],
    ["of a form", { ...POST, "Content-Type": "application/x-www-form-urlencoded" }, 400],
    ["of plain text", { ...POST, "Content-Type": "text/plain" }, 400],
    ["of a type that only begins like JSON", { ...POST, "Content-Type": "application/jsonp" }, 400],
    ["without a type", { Origin: ORIGIN }, 400],
    ["with all of it, for a run that does not exist", POST, 404],
  ])("%s", async (_, headers, status) => {
    await using served = new Served();
    const dashboard = await empty(served);
    const body = new TextEncoder().encode("{}");
    expect(await statusOf(dashboard, cancel, { method: "POST", headers, body })).toBe(status);
  });

  test.each([
    ["https://runs.example.com", 404],
    ["http://runs.example.com", 404],
    ["https://evil.example", 403],
    [`https://${HOST}`, 403],
  ])("from %s, with a proxy that was allowed", async (origin, status) => {
    await using served = new Served();
    await served.engine({});
    const dashboard = served.dashboard({ hosts: [HOST, "runs.example.com"] });
    const request = new Request(`http://runs.example.com${cancel}`, {
      method: "POST",
      headers: {
        ...POST,
        Host: "runs.example.com",
        Authorization: `Bearer ${KEY}`,
        Origin: origin,
      },
      body: "{}",
    });
    expect((await dashboard.fetch(request)).status).toBe(status);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("is never %s", async (method) => {
    await using served = new Served();
    const dashboard = await empty(served);
    expect([
      await statusOf(dashboard, `${API_BASE}/runs`, { method }),
      await statusOf(dashboard, `${API_BASE}/runs`, { method, headers: POST }),
    ]).toEqual([403, 404]);
  });

  test("is refused by a server that only shows runs", async () => {
    await using served = new Served();
    await served.engine({});
    const dashboard = served.dashboard({ isReadOnly: true });
    const response = await dashboard.request(cancel, { method: "POST", headers: POST, body: "{}" });
    expect([response.status, await response.json()]).toEqual([
      403,
      expect.objectContaining({ code: "read_only" }),
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ["with its length", { "Content-Length": "3000000" }],
    ["without its length", {}],
  ])("is refused if it is longer than 1 MB, %s", async (_, headers) => {
    await using served = new Served();
    const dashboard = await empty(served);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100_000;
        controller.enqueue(new Uint8Array(100_000).fill(32));
        if (sent >= 3_000_000) controller.close();
      },
    });
    const init = { method: "POST", headers: { ...POST, ...headers }, body, duplex: "half" };
    const response = await dashboard.request(cancel, init);
    expect([response.status, sent < 3_000_000]).toEqual([413, true]);
  });
});

describe("an answer", () => {
  test.each<[string, string, Record<string, string>, number]>([
    ["of the API", `${API_BASE}/pulse`, {}, 200],
    ["that refuses a key", `${API_BASE}/pulse`, { Authorization: "" }, 401],
    ["that refuses a host", "/", { Host: "evil.example" }, 403],
    ["about a missing run", `${API_BASE}/runs/none`, {}, 404],
    ["of a stream", `${API_BASE}/stream`, {}, 200],
  ])("%s forbids scripts, frames and other origins", async (_, path, headers, status) => {
    await using served = new Served();
    const dashboard = await empty(served);
    const response = await dashboard.request(path, { headers });
    const policy = response.headers.get("content-security-policy") ?? "";
    await response.body?.cancel();
    expect({
      status: response.status,
      policy: policy.split("; ").filter((part) => /^(default|script|frame|require)/.test(part)),
      nosniff: response.headers.get("x-content-type-options"),
      referrer: response.headers.get("referrer-policy"),
      opener: response.headers.get("cross-origin-opener-policy"),
      resource: response.headers.get("cross-origin-resource-policy"),
      allowed: [...response.headers.keys()].filter((name) => name.startsWith("access-control")),
      cookies: response.headers.getSetCookie(),
    }).toEqual({
      status,
      policy: [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ],
      nosniff: "nosniff",
      referrer: "no-referrer",
      opener: "same-origin",
      resource: "same-origin",
      allowed: [],
      cookies: [],
    });
  });

  test("with data is not kept by a cache", async () => {
    await using served = new Served();
    const dashboard = await empty(served);
    const response = await dashboard.request(`${API_BASE}/pulse`);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("to HEAD has the headers of the answer to GET, and no body", async () => {
    await using served = new Served();
    const dashboard = await empty(served);
    for (const path of [`${API_BASE}/pulse`, `${API_BASE}/stream`]) {
      const response = await dashboard.request(path, { method: "HEAD" });
      expect([response.status, await response.text()]).toEqual([200, ""]);
    }
  });

  test("about an unknown path of the API is JSON", async () => {
    await using served = new Served();
    const dashboard = await empty(served);
    expect(await dashboard.outcome("/none")).toEqual({
      status: 404,
      body: {
        code: "not_found",
        message: "The API has no GET /api/v1/none.",
        remedy: "Use a path of the API document.",
      },
    });
  });
});

describe("listen", () => {
  test("listens on the loopback interface alone, and refuses raw requests that name another host", async () => {
    await using served = new Served();
    const engine = await served.engine({});
    await using server = await listen({
      ...{ storage: engine.storage, control: noControl, folder: served.folder, version: "" },
      port: 0,
    });
    const { port, hostname } = new URL(server.address);
    expect(hostname).toBe("127.0.0.1");
    const own = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${server.key}\r\n`;
    const answers = [
      `GET /api/v1/pulse HTTP/1.1\r\n${own}\r\n`,
      `GET http://evil.example/api/v1/pulse HTTP/1.1\r\n${own}\r\n`,
      `GET /api/v1/pulse HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ` +
        `${server.key}\r\n\r\n`,
      `GET /%61pi/v1/pulse HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
      `GET /api/v1/pulse HTTP/1.0\r\nAuthorization: Bearer ${server.key}\r\n\r\n`,
    ];
    const statuses: string[] = [];
    for (const text of answers) statuses.push(await firstLine(Number(port), text));
    expect(statuses).toEqual(["200", "403", "403", "401", "403"]);
  });
});

function firstLine(port: number, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1", () => socket.write(text));
  socket.once("data", (data) => {
    resolve(data.toString("latin1").split(" ")[1] ?? "");
    socket.destroy();
  });
  socket.once("error", reject);
  socket.once("close", () => resolve("closed"));
  return promise;
}
