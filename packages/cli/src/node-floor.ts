/** The oldest Node that this program runs on: before it, better-sqlite3 takes the process down instead of failing. */
const NODE_FLOOR = "22.13";

/** The line to print when `version` (as in `process.versions.node`) is below the floor; undefined when it will do. */
export function nodeFloorProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [floorMajor = 0, floorMinor = 0] = NODE_FLOOR.split(".").map(Number);
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return undefined;
  return `axw needs Node ${NODE_FLOOR} or newer, and this is ${version}. Next: install a newer Node (https://nodejs.org), then type the same again.`;
}
