import { spawn } from "node:child_process";
import { processAgent } from "@automatosx/agents";
import { type DashboardOptions, listen, type ServedDashboard } from "@automatosx/dashboard";
import { WorkflowEngine } from "@automatosx/workflow";
import { remoteBackend } from "../backend/chosen-backend.js";
import { performedElsewhere } from "../backend/performed-elsewhere.js";
import { axw, commandText, type Verb } from "../command.js";
import {
  announcePlace,
  type DbOptions,
  databasePath,
  existingDatabase,
  openToRead,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { detachedControl } from "../serve/detached-control.js";
import { UsageError } from "../UsageError.js";
import { version } from "../version.js";

export interface ServeOptions extends DbOptions {
  readonly port: number;
  readonly open?: boolean;
  readonly readOnly?: boolean;
  readonly agents?: string;
  readonly allowHost?: readonly string[];
}

/** Serves the web page until a signal ends it. Runs that were started from it continue. */
export async function serve(io: CliIo, options: ServeOptions): Promise<ExitCode> {
  announcePlace(io, options);
  await using source = await openSource(io, options);
  const about = {
    ...source.options,
    folder: io.cwd,
    version: version(),
    isReadOnly: options.readOnly === true,
    allowedHosts: options.allowHost ?? [],
  };
  await using served = await listenOn(io, options, about);
  const { url } = served;
  io.stdout.line(`Serving at ${url}`);
  messages(io).line(
    "The address contains the key of this start. Ctrl-C ends the server; runs continue.",
  );
  if (options.open === true) openInBrowser(url);
  await untilSignal(io);
  return ExitCode.ok;
}

interface Source extends AsyncDisposable {
  readonly options: Pick<DashboardOptions, "storage" | "control">;
}

async function openSource(io: CliIo, options: ServeOptions): Promise<Source> {
  const typed = typedIn(io, options);
  if (options.readOnly === true) {
    const storage = await openToRead(io, options);
    const refused = {
      ok: false,
      code: "internal",
      message: "This server only shows runs.",
    } as const;
    const control = {
      send: async () => refused,
      launch: async () => refused,
      fork: async () => Promise.reject(new Error(refused.message)),
      typed,
    };
    return {
      options: { storage, control },
      [Symbol.asyncDispose]: async () => storage.close(),
    };
  }
  const program = [process.execPath, ...process.execArgv, process.argv[1] ?? "axw"] as const;
  const remote = remoteBackend(io, options);
  if (remote !== undefined) {
    performedElsewhere(io, options);
    const { openRemoteSource } = await import("../serve/remote-source.js");
    return openRemoteSource(io, options, remote, { program: [...program] }, typed);
  }
  // Runs no program: it only ends those that a dead owner left running.
  const reclaimer = processAgent({ command: ["true"] });
  // A database that the user named must exist; otherwise a typo would show an empty page.
  const database =
    options.db === undefined ? databasePath(io, options) : existingDatabase(io, options);
  const engine = await WorkflowEngine.open({
    database,
    agents: { "*": reclaimer },
    agentFactory: () => reclaimer,
  });
  const control = detachedControl(
    engine,
    {
      program: [...program],
      database,
      flags: options.agents === undefined ? [] : ["--agents", options.agents],
      cwd: io.cwd,
      env: io.env,
    },
    typed,
  );
  return {
    options: { storage: engine.storage, control },
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

/** Writes commands as this user types them. */
function typedIn(io: CliIo, options: DbOptions): (words: readonly string[]) => string {
  return ([verb = "list", ...words]) =>
    commandText(axw(verb as Verb, ...words), io.stdout.typedAxw, options);
}

async function listenOn(
  io: CliIo,
  { port }: ServeOptions,
  about: Omit<Parameters<typeof listen>[0], "port">,
): Promise<ServedDashboard> {
  try {
    return await listen({ ...about, port });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
    const why = error.code === "EADDRINUSE" ? "is in use" : "may not be used by this user";
    throw new UsageError(`Port ${port} ${why}.`, {
      remedy: "Pass another one with --port; 0 takes any free port.",
      next: next("read_help", "wrong_usage", { args: ["serve"] }),
    });
  }
}

function openInBrowser(url: string): void {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(program, [url], { detached: true, stdio: "ignore" });
  // Without a browser, the printed address is what is left.
  child.on("error", () => undefined);
  child.unref();
}

function untilSignal(io: CliIo): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const release = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, resolve),
  );
  return promise.finally(() => {
    for (const remove of release) remove();
  });
}
