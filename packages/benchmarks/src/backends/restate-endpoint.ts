import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { RestateServer } from "@automatosx/test-servers/restate";
import * as restate from "@restatedev/restate-sdk";

/** What a bare workflow is to do: this many calls, each of which takes `ms`. */
interface Calls {
  readonly count: number;
  readonly ms: number;
}

/** A plain program on Restate that makes the calls of a workflow, without an engine. */
export interface BareRestate extends AsyncDisposable {
  /** Makes one call after the other. */
  chain(calls: Calls): Promise<void>;
  /** Makes all calls at once. */
  fan(calls: Calls): Promise<void>;
}

const AGENT = "bare_agent";
const FLOW = "bare_flow";

// As an attempt of the engine, a call has two journalled steps.
const agent = restate.service({
  name: AGENT,
  handlers: {
    attempt: async (ctx: restate.Context, ms: number): Promise<number> => {
      await ctx.run("begin", () => 1);
      return ctx.run("attempt", async () => {
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        return 1;
      });
    },
  },
});

const flow = restate.service({
  name: FLOW,
  handlers: {
    chain: async (ctx: restate.Context, { count, ms }: Calls): Promise<void> => {
      for (let call = 0; call < count; call += 1)
        await ctx.serviceClient<typeof agent>({ name: AGENT }).attempt(ms);
    },
    fan: async (ctx: restate.Context, { count, ms }: Calls): Promise<void> => {
      const calls = Array.from({ length: count }, () =>
        ctx.serviceClient<typeof agent>({ name: AGENT }).attempt(ms),
      );
      await restate.RestatePromise.all(calls);
    },
  },
});

/** Serves the program, and registers it with the server. */
export async function serveBareRestate(server: RestateServer): Promise<BareRestate> {
  const endpoint = createServer(
    restate.createEndpointHandler({ services: [agent, flow], logger: () => undefined }),
  );
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const { port } = endpoint.address() as AddressInfo;
  await post(`${server.adminUrl}/deployments`, { uri: `http://127.0.0.1:${port}` });
  const call = (handler: string, calls: Calls): Promise<void> =>
    post(`${server.ingressUrl}/${FLOW}/${handler}`, calls);
  return {
    chain: (calls) => call("chain", calls),
    fan: (calls) => call("fan", calls),
    async [Symbol.asyncDispose]() {
      endpoint.close();
    },
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
