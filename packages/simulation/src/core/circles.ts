/**
 * How many states can go on for ever: those on a circle of steps, and those that only a circle leads to. `steps` lists
 * from and to in turn. States that nothing leads to are taken away, with their steps, until each one left is led to.
 */
export function statesOnCircles(stateCount: number, steps: readonly number[]): number {
  const comingIn = new Int32Array(stateCount);
  const goingOut: number[][] = Array.from({ length: stateCount }, () => []);
  for (let index = 0; index < steps.length; index += 2) {
    const [from = 0, to = 0] = [steps[index], steps[index + 1]];
    comingIn[to] = (comingIn[to] ?? 0) + 1;
    goingOut[from]?.push(to);
  }
  const open: number[] = [];
  for (const [state, count] of comingIn.entries()) if (count === 0) open.push(state);
  for (let index = 0; index < open.length; index += 1) {
    for (const to of goingOut[open[index] ?? 0] ?? []) {
      comingIn[to] = (comingIn[to] ?? 0) - 1;
      if (comingIn[to] === 0) open.push(to);
    }
  }
  return stateCount - open.length;
}
