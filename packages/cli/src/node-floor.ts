/**
 * The oldest Node that can run `axw`. On an older version, better-sqlite3 (Node-API 10) crashes the
 * process instead of throwing an error.
 */
const NODE_FLOOR = { major: 22, minor: 14 };

/** The oldest usable release of Node 23, whose first releases lack Node-API 10. */
const NODE_23_FLOOR = { major: 23, minor: 6 };

/**
 * Returns the line to print if `version` (as in `process.versions.node`) is too old, and undefined
 * otherwise.
 */
export function nodeFloorProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const floor = major === NODE_23_FLOOR.major ? NODE_23_FLOOR : NODE_FLOOR;
  if (major > floor.major || (major === floor.major && minor >= floor.minor)) return undefined;
  return (
    `axw needs Node ${floor.major}.${floor.minor} or newer; this is ${version}. ` +
    "Next: install a newer Node (https://nodejs.org) and run the command again."
  );
}
