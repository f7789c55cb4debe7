import type { IssueList, Path } from "../issues/IssueList.js";
import type { SourceTree } from "../read/SourceTree.js";
import { KEY_ISSUES } from "./key-issues.js";

/**
 * Maximum number of entries in a map or list whose entries are checked one by one: of agents, of
 * the variables of an agent, of inputs. A check makes an issue for each wrong entry, however many
 * there are, which takes hundreds of megabytes for a large file.
 */
export const MAX_ENTRIES = 10_000;

/** A text that was read, before its schema is checked. */
export interface UncheckedText {
  readonly value: unknown;
  readonly tree: SourceTree;
  readonly issues: IssueList;
}

/**
 * Reports the first of these maps and lists that has too many entries, and returns true if there is
 * one.
 */
export function refuseLargeMaps(
  { value, tree, issues }: UncheckedText,
  paths: Iterable<Path>,
  maxEntries: number = MAX_ENTRIES,
): boolean {
  for (const path of paths) {
    const entries = path.reduce<unknown>(memberOf, value);
    const count = Array.isArray(entries) ? entries.length : keysOf(entries).length;
    if (count <= maxEntries) continue;
    const message = `${count} entries, at most ${maxEntries} are allowed`;
    issues.add(KEY_ISSUES.outOfRange, path, tree.locate(path, "key"), message);
    return true;
  }
  return false;
}

/** Yields the paths of the maps in an `agents` map, and of the map itself. */
export function* agentMapPaths(value: unknown): Generator<Path, void, undefined> {
  yield ["agents"];
  for (const id of keysOf(memberOf(value, "agents"))) yield ["agents", id, "env"];
}

/** Returns the own member of a value, or undefined. */
export function memberOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
