import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { afterAll, beforeAll } from "vitest";

/** A server that the tests of a file share. */
export function sharedServer(): { readonly current: PostgresServer } {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return {
    get current() {
      if (server === undefined) throw new Error("the server is started before the first test");
      return server;
    },
  };
}
