// Where and how a command of this repository was typed. npm runs every script in the repository's
// root, so the working directory does not say. Must run on Node 20.
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Returns the folder in which the command was typed.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function callerFolder(env = process.env) {
  return npmRoot(env) === undefined ? process.cwd() : (env["INIT_CWD"] ?? process.cwd());
}

/**
 * Returns the words that start `axw` in the caller's folder, quoted for a shell.
 *
 * @param {string} script the path of the script as it was started: `process.argv[1]`
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function typedAxw(script, env = process.env) {
  const place = npmRoot(env);
  if (place !== undefined)
    return isInside(callerFolder(env), place)
      ? "npm run -s axw --"
      : `npm --prefix ${quoted(place)} run -s axw --`;
  const name = basename(script);
  if (!/\.[cm]?[jt]s$/.test(name))
    return firstOnPath(name, env) === dirname(script) ? quoted(name) : quoted(script);
  return `node ${quoted(script)}`;
}

/**
 * The environment without the caller's folder. A run's agents inherit the environment, and this
 * repository's commands must not take the folder of that run for theirs.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function withoutCaller(env = process.env) {
  const { INIT_CWD: _, ...rest } = env;
  return rest;
}

// The package whose script npm runs in this process, or undefined if npm did not start the process
// directly: a program that an npm script has started inherits npm's variables, but not its folder.
function npmRoot(env) {
  const manifest = env["npm_package_json"];
  if (manifest === undefined || env["INIT_CWD"] === undefined || !existsSync(manifest))
    return undefined;
  const place = dirname(realpathSync(manifest));
  return place === realpathSync(process.cwd()) ? place : undefined;
}

// npm finds this repository's scripts from its folders, except from those of its packages.
function isInside(folder, place) {
  const way = relative(place, realpathSync(folder));
  if (way.startsWith("..")) return false;
  for (let each = realpathSync(folder); each !== place; each = dirname(each))
    if (existsSync(join(each, "package.json")) || existsSync(join(each, "node_modules")))
      return false;
  return true;
}

function firstOnPath(name, env) {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => resolve(folder))
    .find((folder) => existsSync(join(folder, name)));
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
