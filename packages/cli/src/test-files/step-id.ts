/**
 * Returns the id of the step at a path: its last segment without key and round. `build[auth].fix#2`
 * is an instance of `fix`.
 */
export function stepIdOf(path: string): string {
  return (
    segmentsOf(path)
      .at(-1)
      ?.replace(/[[#].*$/su, "") ?? path
  );
}

/** Whether the path is the container of one item or of one round: `probe[11]`, `fix#2`. */
export function isContainer(path: string): boolean {
  return /[[#]/u.test(segmentsOf(path).at(-1) ?? "");
}

// A key may contain dots, but no `]`: that is written as `%5D`.
function segmentsOf(path: string): string[] {
  return path.match(/(?:[^.[]|\[[^\]]*\])+/gu) ?? [];
}
