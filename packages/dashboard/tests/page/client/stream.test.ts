import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiProblem } from "../../../src/page/client/call.ts";
import {
  LiveStream,
  type StreamHost,
  type StreamRequest,
} from "../../../src/page/client/stream.ts";

/** A server whose connections a test opens, feeds and ends. */
class FakeServer implements StreamHost {
  readonly requests: StreamRequest[] = [];
  readonly aborted: boolean[] = [];
  hidden = false;
  pulses = 0;
  failWith: Error | undefined;
  /** Whether another tab waits for the connection of this one. */
  isWanted = false;
  /** Resolves when this tab may connect. */
  mayConnect = Promise.resolve();
  turns = { begun: 0, ended: 0 };
  #changed = (): void => {};
  #feed: ReadableStreamDefaultController<Uint8Array> | undefined;

  open(query: StreamRequest, signal: AbortSignal): Promise<Response> {
    const index = this.requests.push(query) - 1;
    this.aborted.push(false);
    if (this.failWith !== undefined) return Promise.reject(this.failWith);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#feed = controller;
        signal.addEventListener("abort", () => {
          this.aborted[index] = true;
          controller.error(signal.reason);
        });
      },
    });
    return Promise.resolve(new Response(body));
  }

  async turn() {
    await this.mayConnect;
    this.turns.begun += 1;
    return {
      isWanted: () => Promise.resolve(this.isWanted),
      end: () => {
        this.turns.ended += 1;
      },
    };
  }

  pulse() {
    this.pulses += 1;
    return Promise.resolve({
      ...{
        now: 5,
        version: "1",
        database: "",
        isReadOnly: false,
        typed: { program: "axw", database: "" },
      },
      ...{ counts: {} as never, gates: this.pulses },
    });
  }

  isHidden = (): boolean => this.hidden;
  onVisibility(changed: () => void): void {
    this.#changed = changed;
  }
  now = (): number => 1;
  chance = (): number => 1;

  async send(name: string, message: unknown): Promise<void> {
    this.#feed?.enqueue(
      new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(message)}\n\n`),
    );
    await settle();
  }
  async end(): Promise<void> {
    this.#feed?.close();
    await settle();
  }
  async show(isShown: boolean): Promise<void> {
    this.hidden = !isShown;
    this.#changed();
    await settle();
  }
}

// A stream hands on what it is given in several microtasks.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
}

async function started(): Promise<{ server: FakeServer; stream: LiveStream }> {
  const server = new FakeServer();
  const stream = new LiveStream(server);
  stream.start();
  await settle();
  return { server, stream };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("LiveStream", () => {
  test("hands each message to every listener of its name, until the listener is removed", async () => {
    const { server, stream } = await started();
    const heard: unknown[] = [];
    const stop = stream.listen({ gates: (message) => heard.push(message) });
    stream.listen({ ping: (message) => heard.push(message) });
    await server.send("gates", { open: 3 });
    await server.send("ping", { now: 9 });
    stop();
    await server.send("gates", { open: 4 });
    expect(heard).toEqual([{ open: 3 }, { now: 9 }]);
    expect(stream.state.value).toEqual({ is: "live", lastAt: 1, tries: 0 });
    expect(stream.pulse.value?.gates).toBe(4);
  });

  test("connects again, later each time, from the last entry and the last time it heard of", async () => {
    const { server, stream } = await started();
    let last = 10;
    stream.follow({ runId: "run", after: () => last });
    await settle();
    await server.send("ping", { now: 77 });
    last = 12;
    server.failWith = new Error("refused");
    await server.end();
    expect(stream.state.value).toEqual({ is: "lost", tries: 1, lastAt: 1 });
    const delays = [500, 1000, 2000, 4000, 8000, 15_000, 15_000];
    for (const [index, delay] of delays.entries()) {
      await vi.advanceTimersByTimeAsync(delay - 1);
      expect(server.requests).toHaveLength(2 + index);
      await vi.advanceTimersByTimeAsync(1);
      expect(server.requests).toHaveLength(3 + index);
    }
    expect(server.requests.at(-1)).toEqual({ run: "run", after: 12, since: 77 });
    server.failWith = undefined;
    stream.retry();
    await settle();
    expect(stream.state.value.is).toBe("live");
  });

  test("hands its connection to a tab that waits, and stays live until its next turn", async () => {
    const { server, stream } = await started();
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.aborted).toEqual([false]);
    const next = Promise.withResolvers<void>();
    server.mayConnect = next.promise;
    server.isWanted = true;
    await vi.advanceTimersByTimeAsync(1000);
    await settle();
    expect(server.aborted).toEqual([true]);
    expect(server.turns).toEqual({ begun: 1, ended: 1 });
    expect(stream.state.value).toEqual({ is: "live", lastAt: 1, tries: 0 });
    server.isWanted = false;
    next.resolve();
    await settle();
    expect(server.aborted).toEqual([true, false]);
    await server.end();
    expect(server.turns).toEqual({ begun: 2, ended: 2 });
    expect(stream.state.value).toEqual({ is: "lost", tries: 1, lastAt: 1 });
  });

  test("gives up a connection that has been silent for 40 s", async () => {
    const { server, stream } = await started();
    await vi.advanceTimersByTimeAsync(39_999);
    expect(stream.state.value.is).toBe("live");
    await vi.advanceTimersByTimeAsync(1);
    expect(server.aborted).toEqual([true]);
    expect(stream.state.value).toEqual({ is: "lost", tries: 1, lastAt: 1 });
  });

  test("opens one connection in place of the earlier one when what it follows changes", async () => {
    const { server, stream } = await started();
    stream.follow({ runId: "a", after: () => 1 });
    await settle();
    stream.watch("build/2");
    stream.watch("build/2");
    await settle();
    expect(server.requests).toEqual([
      {},
      { run: "a", after: 1 },
      { run: "a", after: 1, watch: "build/2" },
    ]);
    expect(server.aborted).toEqual([true, true, false]);
    expect(stream.state.value.is).toBe("live");
  });

  test("stops at a refused key, and does not try again by itself", async () => {
    const { server, stream } = await started();
    server.failWith = new ApiProblem(401, { code: "key_refused", message: "old" });
    await server.end();
    await vi.advanceTimersByTimeAsync(500);
    expect(stream.state.value).toEqual({ is: "refused", tries: 0, lastAt: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.requests).toHaveLength(2);
  });

  test("closes 10 s after the tab was hidden, then reads the counts each 15 s", async () => {
    const { server, stream } = await started();
    await server.show(false);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(stream.state.value.is).toBe("live");
    await vi.advanceTimersByTimeAsync(1);
    expect(stream.state.value.is).toBe("hidden");
    expect(server.aborted).toEqual([true]);
    const before = server.pulses;
    await vi.advanceTimersByTimeAsync(45_000);
    expect(server.pulses).toBe(before + 3);
    expect(stream.pulse.value?.gates).toBe(before + 3);
    await server.show(true);
    expect(stream.state.value.is).toBe("live");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(server.pulses).toBe(before + 3);
  });

  test("keeps the connection of a tab that is shown again within 10 s", async () => {
    const { server, stream } = await started();
    await server.show(false);
    await vi.advanceTimersByTimeAsync(5_000);
    await server.show(true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.requests).toHaveLength(1);
    expect(stream.state.value.is).toBe("live");
  });
});
