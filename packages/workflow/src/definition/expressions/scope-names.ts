import { ownValue } from "../steps/own-value.js";
import { type StepNode, stepsAround } from "../steps/step-tree.js";
import { type ExpressionPlace, foreachOf } from "./expression-places.js";

/** The name of the item of a step with `foreach`. */
export function nameOfItem(step: StepNode): string {
  const as = foreachOf(step)?.as;
  return typeof as === "string" && as !== "" ? as : "item";
}

/** Why a name has no meaning at a place. */
export interface OutOfScope {
  readonly code: "AXW1312" | "AXW1410";
  readonly message: string;
  readonly remedy: string;
}

/**
 * Returns why a name that has a meaning elsewhere has none at a place; undefined for other names.
 */
export function outOfScope(
  { role, step }: Pick<ExpressionPlace, "role" | "step">,
  name: string,
): OutOfScope | undefined {
  switch (name) {
    case "item":
    case "index":
      return itemOutOfScope(role, step, name);
    case "round":
    case "previous":
      return {
        code: "AXW1312",
        message: `\`${name}\` exists only inside a \`loop\``,
        remedy:
          role === "if" && hasKey(step, "loop")
            ? "put the condition on an inner step: `if` decides about the loop as a whole"
            : "refer to a step, or add `loop` to this step",
      };
    case "secrets":
      return {
        code: "AXW1312",
        message: "`secrets` exist only in the `env` of a `run` step",
        remedy: "pass the secret to a program in `env`: what a task contains is stored",
      };
    case "run.dir":
      return {
        code: "AXW1312",
        message:
          "`run.dir` exists only in what an agent or program is given, such as `task` and `env`",
        remedy: "decide by a result instead: the path differs between hosts",
      };
    case "run.status":
    case "run.error":
    case "run.reason":
    case "run.failed":
      return {
        code: "AXW1312",
        message: `\`${name}\` exists only when the run ends`,
        remedy: "refer to the status of a step: `steps.ID.status`",
      };
    case "output":
      return {
        code: "AXW1312",
        message: "`output` exists only in the checks of a step",
        remedy: "write `steps.ID.output`",
      };
    default:
      return undefined;
  }
}

function itemOutOfScope(
  role: ExpressionPlace["role"],
  step: StepNode | undefined,
  name: string,
): OutOfScope {
  if (name === "index" && role === "key")
    return {
      code: "AXW1410",
      message: "`index` does not identify an item: it changes when the list changes",
      remedy: "write an expression of the item: `item`, or a field of it such as `item.name`",
    };
  const own = around(step).find((each) => nameOfItem(each) !== "item");
  if (name === "item" && own !== undefined)
    return {
      code: "AXW1312",
      message: `\`item\` is named \`${nameOfItem(own)}\` here`,
      remedy: `write \`${nameOfItem(own)}\``,
    };
  const isWhole =
    (role === "if" || role === "foreach" || role === "item") && hasKey(step, "foreach");
  return {
    code: "AXW1312",
    message: `\`${name}\` exists only inside a \`foreach\``,
    remedy:
      isWhole && role === "if"
        ? "choose the items in `foreach` with `filter`: `if` decides about the step as a whole"
        : "add `foreach` to this step or to a group around it, or refer to a step or an input",
  };
}

function hasKey(step: StepNode | undefined, key: string): boolean {
  return ownValue(step?.written, key) !== undefined;
}

/** The steps with `foreach` around a place, the nearest first. */
function around(step: StepNode | undefined): StepNode[] {
  return [...stepsAround(step)].filter((each) => hasKey(each, "foreach"));
}
