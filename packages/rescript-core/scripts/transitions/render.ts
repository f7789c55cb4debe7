import type { Cell, Core } from "./explore.ts";
import { explore } from "./explore.ts";
import { type Member, readUnion } from "./payloads.ts";

const code = (text: string): string => `\`${text}\``;
const codes = (texts: Iterable<string>): string => [...texts].map(code).join(", ");
const yes = (holds: boolean): string => (holds ? "yes" : "");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

// genType calls a type by its module; the package's index calls it by a plain name.
const PLAIN_NAMES: Readonly<Record<string, string>> = {
  CheckpointPlan_kind: "CheckpointKind",
  Event_checkpointData: "CheckpointData",
  Event_failureReason: "FailureReason",
  Event_policy: "RunPolicy",
  Event_stepDef: "StepDef",
  Event_t: "WorkflowEvent",
  State_t: "WorkflowState",
};
const plain = (field: string): string =>
  field.replace(/[A-Z]\w+_\w+/g, (name) => PLAIN_NAMES[name] ?? name);

const payload = ({ fields }: Member): string => codes(fields.map(plain));

function arrows(
  core: Core,
  cells: ReadonlyMap<string, Cell>,
  events: readonly Member[],
): string[][] {
  return core.State.all.flatMap((state) =>
    events.flatMap(({ type }) => {
      const cell = cells.get(`${state} ${type}`);
      if (cell === undefined || cell.leadsTo.size === 0) return [];
      const inOrder = core.State.all.filter((to) => cell.leadsTo.has(to));
      return [
        [
          code(state),
          code(type),
          codes(inOrder),
          codes([...cell.effects].sort()),
          codes([...cell.tells].sort()),
          codes([...cell.refusals].sort()),
        ],
      ];
    }),
  );
}

function acceptedIn(core: Core, cells: ReadonlyMap<string, Cell>, type: string): string {
  const states = core.State.all.filter(
    (state) => (cells.get(`${state} ${type}`)?.leadsTo.size ?? 0) > 0,
  );
  const alive = core.State.all.filter((state) => !core.State.isTerminal(state));
  return states.length === alive.length && alive.every((state) => states.includes(state))
    ? "every state that is not terminal"
    : codes(states);
}

/** The reference page, from the compiled machine and the types that were generated with it. */
export function renderTransitions(core: Core, generatedTypes: string): string {
  const cells = explore(core);
  const events = readUnion(generatedTypes, "Event_t");
  const effects = readUnion(generatedTypes, "Machine_effect");
  const states = core.State.all.map((state) => [
    code(state),
    yes(core.State.isTerminal(state)),
    yes(core.State.canPause(state)),
    yes(core.State.canCheckpoint(state)),
  ]);
  return `# States, events and transitions

\`packages/rescript-core/scripts/generate-transitions.ts\` writes this page.
It walks the compiled machine to every kind of run that events can reach.
It records what each event does there.
Edit \`WorkflowStateMachine.res\`, not this page.

## States

${table(["state", "terminal", "can pause", "can checkpoint"], states)}

## Events

An event is a fact told to the machine, or a command (verb first).
The payload is in the same object as \`type\`.

${table(
  ["event", "payload", "accepted in"],
  events.map((event) => [code(event.type), payload(event), acceptedIn(core, cells, event.type)]),
)}

## Transitions

One row for each event that a state accepts.
Every other pair is refused with \`wrong_state\`.
*Effects* go to the shell.
*Tells* are events that the machine sends to itself at once, when what they name is due.
*Refused with* says why the event may still be refused.

${table(
  ["state", "event", "leads to", "effects", "tells", "refused with"],
  arrows(core, cells, events),
)}

## Effects

An effect is what the machine asks the shell to do.
The event in a \`tell\` comes back at once.
The outcome of any other effect comes back as an event later.

${table(
  ["effect", "payload"],
  effects.map((effect) => [code(effect.type), payload(effect)]),
)}
`;
}
