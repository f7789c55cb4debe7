/**
 * The oldest Node that runs `axw`: on an older one better-sqlite3 (Node-API 10) crashes the process
 * instead of failing.
 */
const NODE_FLOOR = { major: 22, minor: 14 };

/** The oldest release of Node 23, whose first ones came before Node-API 10. */
const NODE_23_FLOOR = { major: 23, minor: 6 };

/**
 * The line to print if `version` (as in `process.versions.node`) is too old; undefined if it is
 * not.
 */
export function nodeFloorProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const floor = major === NODE_23_FLOOR.major ? NODE_23_FLOOR : NODE_FLOOR;
  if (major > floor.major || (major === floor.major && minor >= floor.minor)) return undefined;
  return (
    `axw needs Node ${floor.major}.${floor.minor} or newer, and this is ${version}. ` +
    "Next: install a newer Node (https://nodejs.org) and type the command again."
  );
}
