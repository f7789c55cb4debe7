import { z } from "zod";
import { Duration } from "../duration.schema.js";
import { extensible } from "../extensible.js";
import { WrittenFailureClass } from "../failure-class.schema.js";

/** The keys of which a behaviour has exactly one: what the agent does with a launch. */
export const BEHAVIOUR_KINDS = [
  "echo",
  "json",
  "text",
  "parse",
  "feedback",
  "fail",
  "script",
  "steps",
  "sleep",
  "rateLimit",
  "write",
  "request",
  "hang",
  "generate",
] as const;
export type BehaviourKind = (typeof BEHAVIOUR_KINDS)[number] | "usage";

/** The other keys of a behaviour, and the kinds that they belong to. */
const COMPANIONS: Readonly<Record<string, readonly BehaviourKind[]>> = {
  reason: ["fail"],
  message: ["fail"],
  else: ["steps"],
  // `usage` is a kind itself, and may be reported with a failure.
  usage: ["fail"],
  then: ["fail", "sleep", "usage", "write"],
};

/** A part of its request that an agent can return. */
export const RequestPart = z.enum(["with", "session", "agentId"]);
export type RequestPart = z.output<typeof RequestPart>;

/** The cost of an attempt. */
const Usage = extensible(
  z.strictObject({
    usd: z.number().min(0).optional().describe("Its price in US dollars."),
    tokens: z.number().min(0).optional().describe("The tokens that it read and wrote."),
  }),
);

const yes = z.literal(true);
const text = z.string();

const behaviourKeys = {
  echo: yes.optional().describe("Returns the text of the task."),
  json: z.unknown().optional().describe("Returns this value."),
  text: text.optional().describe("Returns this text."),
  parse: yes.optional().describe("Returns the text of the task, read as JSON."),
  feedback: yes
    .optional()
    .describe(
      "Returns `{ feedback: true }` if the agent was given the error of its last answer, else " +
        "`{ feedback: false }`.",
    ),
  fail: z.int().min(0).optional().describe("Fails the first N launches; then does `then`."),
  reason: WrittenFailureClass.optional().describe("The class of the failure. Default `error`."),
  message: text.optional().describe("The error of the failure."),
  usage: Usage.optional().describe("The cost that the attempt reports."),
  sleep: Duration.optional().describe("Takes this long on the run's clock."),
  rateLimit: z
    .union([yes, Duration], { error: "expected `true`, or the duration until the limit resets" })
    .optional()
    .describe("Fails with a rate limit that resets after this duration; `true`: unknown when."),
  write: z
    .record(z.string().min(1), text)
    .optional()
    .describe("Writes these files into the run's directory: texts by path."),
  request: z
    .array(RequestPart)
    .min(1)
    .optional()
    .describe("Returns a map of these parts of the request; null for a part that is absent."),
  hang: yes.optional().describe("Gives no answer until the attempt is stopped."),
  generate: yes
    .optional()
    .describe("Returns a value made from a seed that fits the `output` of the step."),
};

const BehaviourObject = z.strictObject({
  ...behaviourKeys,
  get script() {
    return z
      .array(Behaviour)
      .min(1)
      .optional()
      .describe("One behaviour for each launch; the last is repeated.");
  },
  get steps() {
    return z
      .record(z.string().min(1), Behaviour)
      .optional()
      .describe("Behaviours by step: its path, or its id.");
  },
  get else() {
    return Behaviour.optional().describe("The behaviour for all other steps. Default: echo.");
  },
  get then() {
    return Behaviour.optional().describe("What the agent does next. Default: echo.");
  },
});

/** What a scripted agent does with a launch. */
export interface Behaviour {
  readonly echo?: true | undefined;
  readonly json?: unknown;
  readonly text?: string | undefined;
  readonly parse?: true | undefined;
  readonly feedback?: true | undefined;
  readonly fail?: number | undefined;
  readonly reason?: WrittenFailureClass | undefined;
  readonly message?: string | undefined;
  readonly usage?:
    | { readonly usd?: number | undefined; readonly tokens?: number | undefined }
    | undefined;
  readonly script?: readonly Behaviour[] | undefined;
  readonly steps?: Readonly<Record<string, Behaviour>> | undefined;
  readonly else?: Behaviour | undefined;
  readonly sleep?: Duration | undefined;
  readonly rateLimit?: true | Duration | undefined;
  readonly write?: Readonly<Record<string, string>> | undefined;
  readonly request?: readonly RequestPart[] | undefined;
  readonly hang?: true | undefined;
  readonly generate?: true | undefined;
  readonly then?: Behaviour | undefined;
}

/** Returns the kind of a behaviour; undefined if it has none or several. */
export function behaviourKind(behaviour: object): BehaviourKind | undefined {
  const kinds = BEHAVIOUR_KINDS.filter((kind) => Object.hasOwn(behaviour, kind));
  if (kinds.length > 1) return undefined;
  return kinds[0] ?? (Object.hasOwn(behaviour, "usage") ? "usage" : undefined);
}

/** Reports a behaviour without a kind, with two kinds, or with a key of another kind. */
function checkKind(value: object, report: (message: string, path: readonly string[]) => void) {
  const kinds = BEHAVIOUR_KINDS.filter((kind) => Object.hasOwn(value, kind));
  const [first, second] = kinds;
  if (second !== undefined)
    return report(`\`${first}\` and \`${second}\` are two behaviours`, [second]);
  const kind = behaviourKind(value);
  if (kind === undefined) return report("this behaviour does not say what the agent does", []);
  for (const key of Object.keys(value)) {
    const owners = Object.hasOwn(COMPANIONS, key) ? COMPANIONS[key] : undefined;
    if (owners === undefined || key === kind || owners.includes(kind)) continue;
    report(`\`${key}\` does not belong to \`${kind}\``, [key]);
  }
}

export const Behaviour: z.ZodType<Behaviour> = extensible(
  BehaviourObject.check((context) => {
    checkKind(context.value, (message, path) =>
      context.issues.push({
        code: "custom",
        input: context.value,
        message,
        path: [...path],
        params: { rule: "one_behaviour" },
      }),
    );
  }),
).meta({
  id: "Behaviour",
  description: "What a scripted agent does with a launch. Example: `{ text: done }`.",
});
