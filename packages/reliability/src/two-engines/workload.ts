const LAYERS = 5;
const WIDTH = 5;

/** How many steps a run of it has. */
export const STEPS_OF_A_RUN = LAYERS * WIDTH;

/** How many of them can be in flight at once. */
export const MOST_IN_FLIGHT = WIDTH;

/** Five layers of five steps, each waiting for the whole layer before. */
export const LAYERED = {
  id: "layered",
  steps: Array.from({ length: STEPS_OF_A_RUN }, (_, index) => {
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
