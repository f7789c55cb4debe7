import { type Command, InvalidArgumentError } from "commander";
import type { CliIo } from "./io.js";
import { agentsOption, backendOption, collect, dbOption } from "./program-options.js";

/** Receives the exit code. */
type Done = (exitCode: number) => void;

const DEFAULT_PORT = 4500;
const MAX_PORT = 65_535;

export function addServe(program: Command, io: CliIo, done: Done): void {
  program
    .command("serve")
    .description("serve a web page that shows runs, answers gates and starts workflows")
    .option("--port <n>", "port on this machine; 0 for any free one", portNumber, DEFAULT_PORT)
    .option("--open", "open the page in the browser")
    .option("--read-only", "only show runs: refuse everything that changes one")
    .option(
      "--allow-host <host[:port]>",
      "also answer for this host, of a tunnel or a proxy; may be repeated",
      collectHost,
    )
    .addOption(agentsOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addHelpText("after", SERVE_HELP)
    .action(async (options) =>
      done(await (await import("./commands/serve.js")).serve(io, options)),
    );
}

function portNumber(value: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > MAX_PORT)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAX_PORT}.`);
  return port;
}

/** A name or an address, with or without a port. */
const HOST = /^([a-z\d]([a-z\d.-]*[a-z\d])?|\[[a-f\d:.]+\])(:\d{1,5})?$/i;

function collectHost(value: string, previous?: readonly string[]): string[] {
  if (!HOST.test(value))
    throw new InvalidArgumentError("It must be a host without a scheme: runs.example.com:8443.");
  return collect(value, previous);
}

const SERVE_HELP = `
The server listens on 127.0.0.1 only. The printed address contains a key that is
new with each start: anyone who has it can see and change the runs of the database.
The server executes no step itself. Each run that is started or resumed from the
page gets a process of its own, which continues when the server ends.
--agents is passed to these processes.`;
