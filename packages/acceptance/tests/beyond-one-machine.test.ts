import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { startPostgres } from "@automatosx/test-servers/postgres";
import { startRestate } from "@automatosx/test-servers/restate";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { type Running, startAxwWith } from "./support/axw.js";
import { readBlocks } from "./support/code-blocks.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";
import { until } from "./support/until.js";

const FOLDER = "examples/beyond-one-machine";

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas: number };
}

const compose = parse(readFileSync(path.join(root, FOLDER, "compose.yaml"), "utf8"), {
  merge: true,
}) as { readonly services: Readonly<Record<string, Service>> };

/** The arguments of a service's `axw`. */
function commandOf(service: string): readonly string[] {
  const [program, ...args] = compose.services[service]?.command ?? [];
  expect(program).toBe("axw");
  return args;
}

/** A folder with the examples, as in the container of a worker. */
function container(): string {
  const folder = sandbox();
  symlinkSync(path.join(root, "examples"), path.join(folder, "examples"));
  return folder;
}

interface Local {
  readonly url: string;
  readonly folder: string;
}

async function axwOf({ url, folder }: Local, ...args: readonly string[]) {
  return await startAxwWith({ AXW_BACKEND: url }, folder, ...args).finished;
}

/** Starts a worker and waits until it serves its agents. */
async function work(local: Local, ...args: readonly string[]): Promise<Running> {
  const worker = startAxwWith({ AXW_BACKEND: local.url }, local.folder, ...args);
  onTestFinished(async () => {
    worker.child.kill("SIGKILL");
    await worker.finished;
  });
  let printed = "";
  worker.child.stdout?.on("data", (piece: unknown) => (printed += String(piece)));
  await until("the worker", () => (/worker \d+ on/.test(printed) ? true : undefined), 60_000);
  return worker;
}

/** Runs the survey, and returns the lines of its report. */
async function survey(local: Local): Promise<readonly string[]> {
  const { exitCode, stderr } = await axwOf(
    local,
    ...["run", `${FOLDER}/survey.yaml`, "--run-id", "survey-1"],
  );
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  const report = await axwOf(local, "result", "survey-1", "report");
  return report.stdout.trimEnd().split("\n");
}

async function drained(...workers: readonly Running[]): Promise<readonly (number | null)[]> {
  for (const { child } of workers) child.kill("SIGTERM");
  return await Promise.all(workers.map(async ({ finished }) => (await finished).exitCode));
}

describe("examples/beyond-one-machine/compose.yaml", () => {
  test("has a database and two workers, and Restate with a worker in a profile", () => {
    expect(
      Object.entries(compose.services).map(([name, { profiles = [], deploy }]) => [
        name,
        profiles,
        deploy?.replicas ?? 1,
      ]),
    ).toEqual([
      ["postgres", [], 1],
      ["worker", [], 2],
      ["restate", ["restate"], 1],
      ["restate-worker", ["restate"], 1],
    ]);
  });

  test("refers to its own services and publishes ports on this machine only", () => {
    const { services } = compose;
    for (const [name, { environment = {}, depends_on = [], ports = [] }] of Object.entries(
      services,
    )) {
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
      const host = /@?([a-z]+):\d+/.exec(
        environment["AXW_BACKEND"]?.replace(/^[a-z]+:\/\//, "") ?? "",
      )?.[1];
      expect(host === undefined ? [] : [host], name).toEqual(needed);
      expect(
        ports.filter((port) => !port.startsWith("127.0.0.1:")),
        name,
      ).toEqual([]);
    }
  });

  test("builds its workers with the packages of the backends, which `npm run pack` puts aside", () => {
    const dockerfile = readFileSync(path.join(root, FOLDER, "Dockerfile"), "utf8");
    const [, installed = ""] = /npm install (.*)/.exec(dockerfile) ?? [];
    expect(installed.split(" ").filter((word) => word.startsWith("./vendor/"))).toEqual([
      "./vendor/*.tgz",
      "./vendor/backend-*/*.tgz",
    ]);
  });

  test("gives its workers more time to stop than they take to drain", () => {
    for (const name of ["worker", "restate-worker"]) {
      const args = commandOf(name);
      const drain = args[args.indexOf("--drain") + 1] ?? "";
      const grace = compose.services[name]?.stop_grace_period ?? "";
      expect(Number.parseInt(grace)).toBeGreaterThan(Number.parseInt(drain));
    }
  });
});

/** The arguments of the two commands in a block of the guide, with another URL. */
function commandsOfGuide(server: string, url: string): readonly (readonly string[])[] {
  const [block] = readBlocks("docs/guide/beyond-one-machine.md").filter(({ info }) =>
    info.endsWith(`needs a ${server} server`),
  );
  const lines = block?.text.trimEnd().split("\n") ?? [];
  expect(lines).toHaveLength(2);
  return lines.map((line) => {
    const [program, ...args] = line.replace(/ &$/, "").split(" ");
    expect(program).toBe("axw");
    return args.map((arg) => (/^(postgres|restate):/.test(arg) ? url : arg));
  });
}

describe("the two commands of the guide", () => {
  async function follow(server: string, local: Local, ...more: readonly string[]): Promise<void> {
    const [worker = [], run = []] = commandsOfGuide(server, local.url);
    const started = await work(local, ...worker, ...more);
    const { exitCode, stdout } = await startAxwWith({}, local.folder, ...run).finished;
    expect([exitCode, stdout.match(/9 of 9 completed/g)]).toEqual([0, ["9 of 9 completed"]]);
    expect(await drained(started)).toEqual([0]);
  }

  test("run the survey on PostgreSQL", async () => {
    await using server = await startPostgres();
    await follow("PostgreSQL", { url: server.createDatabase(), folder: container() });
  });

  test("run the survey on Restate", async () => {
    await using server = await startRestate();
    const { host } = new URL(server.ingressUrl);
    const url = `restate://${host}?admin=${new URL(server.adminUrl).port}`;
    await follow("Restate", { url, folder: container() }, "--listen", "127.0.0.1:0");
  });
});

describe("the commands of compose.yaml", () => {
  test("run the survey with two workers on PostgreSQL, and drain", async () => {
    await using server = await startPostgres();
    const local = { url: server.createDatabase(), folder: container() };
    const first = await work(local, ...commandOf("worker"));
    const second = await work(local, ...commandOf("worker"));
    expect(await survey(local)).toHaveLength(8);
    expect(await drained(first, second)).toEqual([0, 0]);
  });

  test("run the survey with a worker on Restate, and drain", async () => {
    await using server = await startRestate();
    const { host } = new URL(server.ingressUrl);
    const url = `restate://${host}?admin=${new URL(server.adminUrl).port}`;
    const local = { url, folder: container() };
    // In a container the worker has its own address; here, the port is any that is free.
    const args = [...commandOf("restate-worker")];
    args.splice(args.indexOf("--listen"), 2, "--listen", "127.0.0.1:0");
    args.splice(args.indexOf("--advertise"), 2);
    const worker = await work(local, ...args);
    expect(await survey(local)).toHaveLength(8);
    expect(await drained(worker)).toEqual([0]);
  });
});
