/** The innermost part of a path, and how many others are around it. */
export interface PathPlace {
  /** How many steps, items, rounds and checks are around it; 0 for a step of the workflow. */
  readonly depth: number;
  /** The last step of the path, with its item or round: `build[auth]`. */
  readonly label: string;
  /** The path of what is around it; absent for a step of the workflow itself. */
  readonly owner?: string;
}

/**
 * Where a path leads. `build[auth]` is an item of `build`, `fix#2` a round of `fix`, `fix#2.test` a
 * step of that round, and `pay:check-1` a check of `pay`. `:failure.report` is a handler. A key may
 * contain any character but a bracket.
 */
export function placeOf(path: string): PathPlace {
  let [depth, begin, ownerEnd, isInKey] = [0, 0, -1, false];
  for (let at = 0; at < path.length; at += 1) {
    const character = path[at];
    if (character === "]") isInKey = false;
    if (isInKey || !isSeparator(character, at)) continue;
    depth += 1;
    ownerEnd = at;
    if (character === "." || character === ":") begin = at + 1;
    isInKey = character === "[";
  }
  const label = path.slice(begin);
  return ownerEnd < 0 ? { depth, label } : { depth, label, owner: path.slice(0, ownerEnd) };
}

// The path of a handler begins with a colon.
function isSeparator(character: string | undefined, at: number): boolean {
  return (
    character === "." || character === "[" || character === "#" || (character === ":" && at > 0)
  );
}

/** The step of the workflow itself, or the handler, that a path leads into. */
export function rootOf(path: string): string {
  return /^:?[^.[#:]+/u.exec(path)?.[0] ?? path;
}

/** Whether a path leads to something inside `owner`, or to `owner` itself. */
export function isWithin(path: string, owner: string): boolean {
  return path === owner || (path.startsWith(owner) && /[.[#:]/.test(path.charAt(owner.length)));
}

/** The path of a step inside another one, which is not a fan-out or a loop. */
export function innerPath(owner: string, id: string): string {
  return `${owner}.${id}`;
}
