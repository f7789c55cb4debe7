import type {
  Effect,
  Refusal,
  WorkflowEvent,
  WorkflowMachine,
  WorkflowState,
} from "@automatosx/rescript-core";
import { type Core, candidates } from "./candidates.ts";

export type { Core } from "./candidates.ts";

/**
 * What one event does in one state: every state it leads to, every effect, every reason for a
 * refusal.
 */
export interface Cell {
  readonly state: WorkflowState;
  readonly event: WorkflowEvent["type"];
  readonly leadsTo: Set<WorkflowState>;
  readonly effects: Set<Effect["type"]>;
  readonly tells: Set<WorkflowEvent["type"]>;
  readonly refusals: Set<Refusal>;
}

// Longer than any delay between attempts, so that a waiting step is due at the next event.
const PATIENCE_MS = 120_000;

// Two machines of one kind give the same answer to every event, at any time and after any number of
// attempts.
function kindOf(core: Core, machine: WorkflowMachine): string {
  const { state, cameFrom, steps, wantedCheckpoints, results, signals } = core.Machine.snapshot(
    machine,
    undefined,
  );
  const standing = steps.map(({ id, status, failureCount }) => `${id}${status}${failureCount}`);
  const rest = [wantedCheckpoints, results !== undefined, signals];
  return JSON.stringify([state, cameFrom, standing, ...rest]);
}

/** Walks to every kind of machine that events can reach, and records what each event does there. */
export function explore(core: Core): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const first = core.Machine.make(0);
  const seen = new Set([kindOf(core, first)]);
  const work = [first];
  for (let machine = work.pop(); machine !== undefined; machine = work.pop()) {
    const at = core.Context.now(core.Machine.context(machine)) + PATIENCE_MS;
    for (const event of candidates(core, machine)) {
      const state = core.Machine.state(machine);
      const outcome = core.Machine.transition(machine, event, at);
      const cell = cellOf(cells, state, event.type);
      if (!outcome.ok) {
        cell.refusals.add(outcome.reason);
        continue;
      }
      note(core, cell, outcome.machine, outcome.effects);
      const kind = kindOf(core, outcome.machine);
      if (!seen.has(kind)) {
        seen.add(kind);
        work.push(outcome.machine);
      }
    }
  }
  return cells;
}

function note(core: Core, cell: Cell, machine: WorkflowMachine, effects: readonly Effect[]): void {
  cell.leadsTo.add(core.Machine.state(machine));
  for (const effect of effects) {
    if (effect.type === "tell") cell.tells.add(effect.event.type);
    else cell.effects.add(effect.type);
  }
}

function cellOf(
  cells: Map<string, Cell>,
  state: WorkflowState,
  event: WorkflowEvent["type"],
): Cell {
  const key = `${state} ${event}`;
  const known = cells.get(key);
  if (known !== undefined) return known;
  const cell: Cell = {
    state,
    event,
    leadsTo: new Set(),
    effects: new Set(),
    tells: new Set(),
    refusals: new Set(),
  };
  cells.set(key, cell);
  return cell;
}
