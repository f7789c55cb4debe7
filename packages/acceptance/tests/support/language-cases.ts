import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { axw, ndjson } from "./axw.js";
import { root } from "./root.js";

/** The cases of the workflow language. */
export const folder = path.join(root, "packages", "acceptance", "data", "language");
export const indexFile = path.join(folder, "cases", "index.json");

/** A case of the index, as far as the tests read it. */
export interface IndexedCase {
  readonly id: string;
  readonly construct: string;
  readonly file: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly do?: readonly { readonly amend?: string; readonly expect?: object }[];
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly invalid?: readonly object[];
}

/** How a case went, as `axw test --json` prints it. */
export interface PlayedCase {
  readonly id: string;
  readonly outcome: "passed" | "failed" | "not_yet";
  readonly construct: string | null;
  readonly mismatches?: readonly object[];
}

export function readIndex(): readonly IndexedCase[] {
  const { cases } = JSON.parse(readFileSync(indexFile, "utf8")) as {
    readonly cases: readonly IndexedCase[];
  };
  return cases;
}

/** The paths of all scenarios. */
export function scenarioFiles(): readonly string[] {
  const translated = path.join(folder, "translated");
  return readdirSync(translated)
    .filter((name) => name.endsWith(".expect.json"))
    .map((name) => path.join(translated, name));
}

/** Plays cases with `axw test` in a folder, and returns how each went. */
export async function play(
  cwd: string,
  ...args: readonly string[]
): Promise<readonly PlayedCase[]> {
  const { stdout, stderr } = await axw(cwd, "test", ...args, "--json");
  const documents = ndjson<PlayedCase & { readonly type: string }>(stdout);
  if (documents.at(-1)?.type !== "test_summary") throw new Error(stderr);
  return documents.filter(({ type }) => type === "test_case");
}

/** The ids of the cases with this outcome, in the order of the alphabet. */
export function idsOf(
  played: readonly PlayedCase[],
  outcome: PlayedCase["outcome"],
): readonly string[] {
  return played
    .filter((one) => one.outcome === outcome)
    .map(({ id }) => id)
    .toSorted();
}
