import type { Pulse } from "../../api/house.schema.js";
import { liveStream } from "../client/stream.js";
import { shellWord } from "./shell-word.js";

/** The commands that need no database. */
const WITHOUT_DATABASE: ReadonlySet<string> = new Set(["agents", "init", "validate"]);

const PLAIN: Pulse["typed"] = { program: "axw", database: "" };

/** Returns a command line as it is typed where the server was started: `axw show c41d7e`. */
export function typedAxw(...words: readonly [string, ...string[]]): string {
  return commandLine(liveStream.pulse.value?.typed ?? PLAIN, words);
}

/** Returns a command line; its words are quoted where a shell would interpret them. */
export function commandLine(
  { program, database }: Pulse["typed"],
  words: readonly [string, ...string[]],
): string {
  const needsDatabase = database !== "" && !WITHOUT_DATABASE.has(words[0]);
  return [program, ...words.map(shellWord), ...(needsDatabase ? [database] : [])].join(" ");
}
