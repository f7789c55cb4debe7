const LAYERS = 5;
const WIDTH = 5;

/** The number of steps in a run of `LAYERED`. */
export const STEPS_PER_RUN = LAYERS * WIDTH;

/** The number of steps that can be in flight at once. */
export const MAX_IN_FLIGHT = WIDTH;

/** A workflow with five layers of five steps. Each step depends on the whole previous layer. */
export const LAYERED = {
  id: "layered",
  steps: Array.from({ length: STEPS_PER_RUN }, (_, index) => {
    const layer = Math.floor(index / WIDTH);
    const before =
      layer === 0
        ? []
        : Array.from({ length: WIDTH }, (_, place) => `s${(layer - 1) * WIDTH + place}`);
    return { id: `s${index}`, agentId: "worker", task: `do ${index}`, dependencies: before };
  }),
};

/** One step. */
export const SINGLE = { id: "single", steps: [{ id: "only", agentId: "worker", task: "do it" }] };
