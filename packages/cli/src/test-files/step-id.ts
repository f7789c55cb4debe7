import { placeOf } from "../step-path.js";

/**
 * Returns the id of the step at a path: its last segment without key and round. `build[auth].fix#2`
 * is an instance of `fix`.
 */
export function stepIdOf(path: string): string {
  return placeOf(path).label.replace(/[[#].*$/su, "");
}

/** Whether the path is the container of one item or of one round: `probe[11]`, `fix#2`. */
export function isContainer(path: string): boolean {
  return /[[#]/u.test(placeOf(path).label);
}
