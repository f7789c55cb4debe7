import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { axw, ndjson, startAxw } from "./support/axw.js";
import { sandbox } from "./support/sandbox.js";
import { until } from "./support/until.js";

interface Sent {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly run: { readonly id: string; readonly status: string };
}

/** A server that notes the notices that it receives. */
class Receiver {
  readonly sent: Sent[] = [];
  port = 0;
  #server: Server | undefined;

  /** Listens, on the port of before if there was one. */
  async listen(answer: (response: ServerResponse) => void): Promise<void> {
    const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      this.sent.push(JSON.parse(await text(request)) as Sent);
      answer(response);
    };
    const server = createServer((request, response) => void receive(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    onTestFinished(() => this.stop());
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve()),
    );
  }
}

const accept = (response: ServerResponse): void => void response.writeHead(204).end();
const hang = (): void => undefined;

const QUICK = "name: quick\nversion: 1.0.0\nsteps:\n  - {id: one, run: [echo, done]}\n";
const ASKING =
  "name: asking\nversion: 1.0.0\nsteps:\n" +
  "  - {id: approve, gate: {ask: Ship it?}}\n" +
  "  - {id: ship, run: [echo, shipped], dependencies: [approve]}\n";

/** A folder whose runs notify the receiver. */
function folderFor({ port }: Receiver): string {
  const folder = sandbox();
  const write = (name: string, content: string): void =>
    writeFileSync(path.join(folder, name), content);
  write("quick.yaml", QUICK);
  write("asking.yaml", ASKING);
  write(
    "agents.yaml",
    `agents: {}\nnotify:\n  - {on: [run_ended, gate_opened], url: "http://127.0.0.1:${port}/"}\n`,
  );
  return folder;
}

async function statusOf(folder: string, runId: string): Promise<string | undefined> {
  const { stdout } = await axw(folder, "show", runId, "--json");
  return ndjson<{ run?: { status: string } }>(stdout)[0]?.run?.status;
}

describe("a notice whose process is killed after the commit and before the receiver answers", () => {
  test("is sent again, with the same id, by the next process that runs something", async () => {
    const receiver = new Receiver();
    await receiver.listen(hang);
    const folder = folderFor(receiver);
    const { child, finished } = startAxw(folder, "run", "quick.yaml", "--run-id", "first");
    await until("the notice", () => receiver.sent[0]);
    const committed = await statusOf(folder, "first");
    child.kill("SIGKILL");
    await finished;
    await receiver.stop();
    await receiver.listen(accept);
    const next = await axw(folder, "run", "quick.yaml", "--run-id", "second");
    const third = await axw(folder, "run", "quick.yaml", "--run-id", "third");
    const [first, ...rest] = receiver.sent;
    expect([committed, next.exitCode, third.exitCode]).toEqual(["completed", 0, 0]);
    expect(rest.filter(({ run }) => run.id === "first")).toEqual([first]);
    expect(rest.map(({ run, type }) => `${run.id} ${type}`).toSorted()).toEqual([
      "first run_ended",
      "second run_ended",
      "third run_ended",
    ]);
  });

  test("reaches a receiver that was down, in order, when the run is continued", async () => {
    const receiver = new Receiver();
    await receiver.listen(hang);
    await receiver.stop();
    const folder = folderFor(receiver);
    const { child, finished } = startAxw(folder, "run", "asking.yaml", "--run-id", "r");
    let status: string | undefined;
    for (let poll = 0; poll < 100 && status !== "paused"; poll += 1)
      status = await statusOf(folder, "r");
    child.kill("SIGKILL");
    await finished;
    await receiver.listen(accept);
    const answered = await axw(folder, "approve", "r", "approve");
    expect([status, answered.exitCode]).toEqual(["paused", 0]);
    expect(receiver.sent.map(({ type, run }) => [type, run.status])).toEqual([
      ["gate_opened", expect.any(String)],
      ["run_ended", "completed"],
    ]);
    expect(receiver.sent.map(({ seq }) => seq)).toEqual(
      receiver.sent.map(({ seq }) => seq).toSorted((a, b) => a - b),
    );
  });
});
