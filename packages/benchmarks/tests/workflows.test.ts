import { expect, test } from "vitest";
import { layered } from "../src/workflows.ts";

test("each step of layered() waits for two different steps of the layer before it", () => {
  const { steps } = layered(10, 10);
  const layerOf = (id: string): number => Math.floor(Number(id.slice(1)) / 10);
  const shapes = steps.map(({ id, dependencies }) => ({
    count: new Set(dependencies).size,
    isOneBefore: dependencies.every((each) => layerOf(each) === layerOf(id) - 1),
  }));
  expect(shapes).toEqual(
    steps.map((_, index) => ({ count: index < 10 ? 0 : 2, isOneBefore: true })),
  );
});
