import { startPostgres } from "@automatosx/test-servers/postgres";
import { startRestate } from "@automatosx/test-servers/restate";
import { beforeAll, describe, expect, test } from "vitest";
import { BackendFolder, type Typed, typeScript } from "./support/backend-script.ts";

/*
 * The same commands are typed on each backend. What they print differs in times and ids, and in
 * where a run was started: a run that workers perform has no folder of this machine.
 */

async function onPostgres(): Promise<readonly Typed[]> {
  await using server = await startPostgres();
  using folder = new BackendFolder(server.createDatabase());
  await folder.work("--slots", "sh=4,slow=2,bad=1");
  return await typeScript(folder);
}

async function onRestate(): Promise<readonly Typed[]> {
  await using server = await startRestate();
  const ingress = server.ingressUrl.replace("http", "restate");
  using folder = new BackendFolder(`${ingress}?admin=${new URL(server.adminUrl).port}`);
  // On one machine, the logs go where the copies of the runs are.
  await folder.work("--listen", "127.0.0.1:0", "--register", "--sink", "sqlite:.ax/workflow.db");
  return await typeScript(folder);
}

describe("a script of commands", () => {
  let onFile: readonly Typed[];
  beforeAll(async () => {
    using folder = new BackendFolder("sqlite:.ax/workflow.db");
    onFile = await typeScript(folder);
  });

  test("ends as it is meant to on a file", () => {
    expect(onFile.map(({ command, exitCode }) => [command, exitCode])).toEqual(
      onFile.map(({ command }) => [command, EXIT_CODES[command] ?? 0]),
    );
  });

  test.each([
    ["PostgreSQL", onPostgres],
    ["Restate", onRestate],
  ])("prints the same on %s as on a file", async (_, typed) => {
    expect(await typed()).toEqual(onFile);
  });
});

const EXIT_CODES: Readonly<Record<string, number>> = {
  "run gated.yaml --run-id gated": 3,
  "run slow.yaml, which is paused": 3,
  "run slow.yaml, which is cancelled": 4,
  "run bad.yaml --run-id failed": 1,
  "resume failed": 1,
  "show nothing": 2,
};
