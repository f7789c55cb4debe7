/** The oldest Node that this program runs on: before it, better-sqlite3 takes the process down instead of failing (Node-API 10). */
const NODE_FLOOR = { major: 22, minor: 14 };

/** Of the line after it, which began before Node-API 10 was there. */
const NEXT_FLOOR = { major: 23, minor: 6 };

/** The line to print when `version` (as in `process.versions.node`) is below the floor; undefined when it will do. */
export function nodeFloorProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const floor = major === NEXT_FLOOR.major ? NEXT_FLOOR : NODE_FLOOR;
  if (major > floor.major || (major === floor.major && minor >= floor.minor)) return undefined;
  return `axw needs Node ${floor.major}.${floor.minor} or newer, and this is ${version}. Next: install a newer Node (https://nodejs.org), then type the same again.`;
}
