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

/** The lease of an engine that is expected to lose its runs, in ms. */
export const SHORT_LEASE_MS = 3000;

/**
 * One step, whose program ignores TERM and writes its process id to a file named after its run. A
 * second attempt prints whether the program of the first one is alive.
 */
export function stubborn(folder: string) {
  const script = `
file="$PIDS/$AX_RUN_ID.pid"
if [ -e "$file" ]; then
  state=$(cut -d' ' -f3 "/proc/$(cat "$file")/stat" 2>/dev/null || echo gone)
  case "$state" in gone|Z|X) echo ended;; *) echo alive;; esac
  exit 0
fi
trap '' TERM
echo $$ > "$file"
exec sleep 300
`;
  return { id: "stubborn", steps: [{ id: "only", run: { script, env: { PIDS: folder } } }] };
}
