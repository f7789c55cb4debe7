import { delimiter, dirname, resolve, sep } from "node:path";

/** How each package manager starts the program of a dependency, by the name in its user agent. */
const STARTERS: Readonly<Record<string, string>> = {
  npm: "npx axw",
  pnpm: "pnpm exec axw",
  yarn: "yarn axw",
};

const LOCAL_BIN = `node_modules${sep}.bin`;

/**
 * Returns the words that start `axw` for the user: `AXW_COMMAND` if it is set, and otherwise `axw`,
 * unless the program is a dependency of a package, so that only a package manager finds it.
 *
 * @param script The path of the program as it was started: `process.argv[1]`.
 */
export function typedAxw(
  env: Readonly<Record<string, string | undefined>>,
  script: string | undefined,
): string {
  const { AXW_COMMAND, PATH = "" } = env;
  if (AXW_COMMAND !== undefined && AXW_COMMAND !== "") return AXW_COMMAND;
  if (script === undefined || !script.includes(`${sep}node_modules${sep}`)) return "axw";
  // Only a package manager sets this. It also adds the program to PATH, but not to the user's.
  const manager = env["npm_config_user_agent"]?.split("/", 1)[0];
  if (manager !== undefined) return STARTERS[manager] ?? "npx axw";
  const folder = dirname(script);
  const isOnPath = PATH.split(delimiter).some((each) => resolve(each) === folder);
  return folder.endsWith(LOCAL_BIN) && !isOnPath ? "npx axw" : "axw";
}
