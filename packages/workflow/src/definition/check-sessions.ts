import { type Path, quoted } from "@automatosx/source";
import type { DefinitionFix } from "../errors.js";
import { type CheckPlace, editPlaceOf } from "./check-place.js";
import { addDependency } from "./fixes.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { ownValue } from "./steps/own-value.js";
import type { StepReach } from "./steps/StepReach.js";
import { type StepNode, type StepTree, stepsAround, within } from "./steps/step-tree.js";
import { firstAgentsOf } from "./steps/written-agents.js";

interface Problem {
  readonly message: string;
  readonly remedy?: string;
  readonly fix?: DefinitionFix | undefined;
}

interface Session {
  readonly step: StepNode;
  /** The id of the step whose conversation it continues. */
  readonly from: string;
  readonly path: Path;
}

/** Checks that each session continues the conversation of an agent step with the same agent. */
export function checkSessions(
  steps: StepTree,
  reach: StepReach,
  defaultAgent: unknown,
  place: CheckPlace,
): void {
  if (!mayHave(place, "session")) return;
  const sessions = [...sessionsIn(steps)];
  for (const { step, from } of sessions) {
    const source = find(step, from);
    const own = source && within(source.group, step);
    if (source && own && own !== source) reach.ask(own, source);
  }
  const { issues, tree } = place;
  for (const session of sessions) {
    const { path } = session;
    if (issues.isWrong(path)) continue;
    const problem = problemOf(session, { steps, reach, defaultAgent, place });
    if (problem === undefined) continue;
    const { message, remedy, fix } = problem;
    issues.add(ISSUE_KINDS.badSession, path, tree.locate(path), message, remedy, fix);
  }
}

function* sessionsIn({ groups }: StepTree): Generator<Session, void, undefined> {
  for (const { steps } of groups)
    for (const step of steps) {
      const session = ownValue(step.written, "session");
      const from = ownValue(session, "from");
      // A session on another kind of step is reported elsewhere.
      if (typeof from !== "string" || from === "" || !isAgentStep(step)) continue;
      yield { step, from, path: [...step.path, "session", "from"] };
    }
}

/** The step with this id in the list of the step, or in one around it. */
function find(step: StepNode, id: string): StepNode | undefined {
  for (const { group } of stepsAround(step)) {
    const found = group.byId.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isAgentStep({ written, inner }: StepNode): boolean {
  return (
    inner === undefined &&
    ["run", "steps", "gate", "wait", "stop", "include", "workflow"].every(
      (key) => ownValue(written, key) === undefined,
    )
  );
}

interface Tools {
  readonly steps: StepTree;
  readonly reach: StepReach;
  readonly defaultAgent: unknown;
  readonly place: CheckPlace;
}

function problemOf({ step, from }: Session, tools: Tools): Problem | undefined {
  const source = find(step, from);
  if (source === undefined) return unknown(step, from, tools);
  if (source === step) return isInLoop(step) ? undefined : ofItself(from);
  const kind = noSource(source);
  if (kind !== undefined)
    return {
      message: `${quoted(from)} is ${kind}, which has no conversation to continue`,
      remedy: "name an agent step",
    };
  const own = within(source.group, step);
  if (own === undefined) return unknown(step, from, tools);
  if (own === source)
    return { message: `this step is inside ${quoted(from)}`, remedy: "name another step" };
  if (!tools.reach.isUpstream(own, source)) return notUpstream(own, source, tools);
  return otherAgent(step, source, tools);
}

function unknown(step: StepNode, from: string, { steps, place }: Tools): Problem | undefined {
  if (steps.byId.has(from))
    return {
      message: `${quoted(from)} is not a step of this list, or of one around it`,
      remedy: "name an agent step that this one waits for",
    };
  if (!steps.knowsAllIds) return undefined;
  const ids = [...stepsAround(step)].flatMap(({ group }) => [...group.byId.keys()]);
  const meant = place.suggester.nearest(from, ids);
  return {
    message: `no step has the id ${quoted(from)}`,
    ...(meant !== undefined && { remedy: `write \`${meant}\`` }),
  };
}

function ofItself(from: string): Problem {
  return {
    message: `${quoted(from)} is the step itself, which has no round before outside a \`loop\``,
    remedy: "name another agent step, or put the step in a `loop`",
  };
}

function isInLoop(step: StepNode): boolean {
  return [...stepsAround(step)].some(({ written }) => ownValue(written, "loop") !== undefined);
}

/** Names the kind of a step that has no single conversation; undefined for other steps. */
function noSource({ written, inner }: StepNode): string | undefined {
  if (ownValue(written, "foreach") !== undefined) return "a fan-out";
  if (ownValue(written, "loop") !== undefined) return "a loop";
  if (inner !== undefined || ownValue(written, "steps") !== undefined) return "a group";
  if (ownValue(written, "run") !== undefined) return "a program";
  if (ownValue(written, "include") !== undefined) return "an included workflow";
  if (ownValue(written, "workflow") !== undefined) return "a run of its own";
  return ["gate", "wait", "stop"]
    .filter((key) => ownValue(written, key) !== undefined)
    .map((key) => `a ${key}`)[0];
}

function notUpstream(own: StepNode, source: StepNode, { reach, place }: Tools): Problem {
  const name = source.id ?? "";
  const message = `this step does not wait for ${quoted(name)}`;
  if (own.group.isListed) return { message, remedy: `move \`${name}\` before it in the list` };
  if (reach.wouldCycle(own, source))
    return { message, remedy: "name a step that ends before this one starts" };
  return {
    message,
    remedy: `add \`${name}\` to \`dependencies\``,
    fix: addDependency(editPlaceOf(place), own, name),
  };
}

function otherAgent(
  step: StepNode,
  source: StepNode,
  { defaultAgent }: Tools,
): Problem | undefined {
  const agentsOf = ({ written }: StepNode) =>
    firstAgentsOf(written).map((agent) => agent ?? defaultAgent);
  const [own, others] = [agentsOf(step), agentsOf(source)];
  if ([...own, ...others].some((agent) => typeof agent !== "string")) return undefined;
  if (own.some((agent) => others.includes(agent))) return undefined;
  return {
    message:
      `${quoted(source.id ?? "")} is performed by ${quoted(others.join("`, `"))}, ` +
      `this step by ${quoted(own.join("`, `"))}`,
    remedy: "use the same agent in both steps: only it can continue its conversation",
  };
}
