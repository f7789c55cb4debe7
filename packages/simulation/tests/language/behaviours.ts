import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FailureReason, UsageAmounts } from "@automatosx/rescript-core";
import type { LaunchReply, LaunchRequest } from "../../src/language/index.js";
import { durationMs, textOf } from "./written-values.js";

/** What an agent of a case does; see the table of behaviours of the cases. */
export type Behaviour = Readonly<Record<string, unknown>>;

/** A behaviour of a construct that is not played. */
export class UnknownBehaviour extends Error {
  override readonly name = "UnknownBehaviour";
}

/** The classes of failure that a behaviour may name. */
const FAILURES: Readonly<Record<string, FailureReason>> = {
  error: "error",
  transient: "transient",
  timeout: "timeout",
  invalid_output: "invalid_output",
  refused: "refused",
  fatal: "invalid",
  unknown: "unknown",
  check: "check",
};

const ECHO: Behaviour = { echo: true };

const asBehaviour = (value: unknown): Behaviour => value as Behaviour;

const usageOf = ({ usage }: Behaviour): Pick<LaunchReply, "usage"> =>
  usage === undefined ? {} : { usage: usage as UsageAmounts };

/** Scripted agents, and programs that really run. Launches are counted for each path. */
export class Performers {
  readonly #agents: Readonly<Record<string, Behaviour>>;
  readonly #folder: string;
  readonly #timeoutOf: (path: string) => number;
  readonly #secrets: readonly string[];
  readonly #launchesOf = new Map<string, number>();
  readonly #kept = new Map<string, string>();

  constructor(options: {
    readonly agents: Readonly<Record<string, Behaviour>>;
    /** The run's directory. */
    readonly folder: string;
    readonly timeoutOf: (path: string) => number;
    readonly secrets: readonly string[];
  }) {
    this.#agents = options.agents;
    this.#folder = options.folder;
    this.#timeoutOf = options.timeoutOf;
    this.#secrets = options.secrets;
  }

  launch(request: LaunchRequest): LaunchReply {
    const { path, agentId } = request;
    const key = `${agentId} ${path}`;
    const launch = (this.#launchesOf.get(key) ?? 0) + 1;
    this.#launchesOf.set(key, launch);
    const behaviour = this.#agents[agentId] ?? this.#agents["*"];
    if (agentId !== "@run" && behaviour === undefined) throw new Error(`no agent ${agentId}`);
    const reply =
      agentId === "@run"
        ? this.#program(request)
        : this.#perform(behaviour ?? ECHO, request, launch);
    if (!("result" in reply)) return reply;
    const mark = `${path}@${launch}`;
    const session = request.session === undefined ? mark : `${request.session} ${mark}`;
    const files = request.files ?? [];
    const missing = files.find((file) => !existsSync(join(this.#folder, file)));
    if (missing !== undefined) return { misfit: `${missing} is missing` };
    const texts = files.map(
      (file) => [file, readFileSync(join(this.#folder, file), "utf8")] as const,
    );
    for (const [file, text] of texts) this.#kept.set(file, text);
    return { ...reply, session, files: Object.fromEntries(texts) };
  }

  /** Puts the declared files back, as an engine does when it resumes a run. */
  restoreFiles(): void {
    for (const [file, text] of this.#kept) writeFileSync(join(this.#folder, file), text);
  }

  #perform(behaviour: Behaviour, request: LaunchRequest, launch: number): LaunchReply {
    const { path, task, feedback } = request;
    const then = (): Behaviour => asBehaviour(behaviour["then"] ?? ECHO);
    if ("steps" in behaviour) {
      const bySteps = asBehaviour(behaviour["steps"]);
      const id =
        path
          .split(".")
          .at(-1)
          ?.replace(/[[#].*$/, "") ?? "";
      const chosen = bySteps[path] ?? bySteps[id] ?? behaviour["else"] ?? ECHO;
      return this.#perform(asBehaviour(chosen), request, launch);
    }
    if ("script" in behaviour) {
      const script = behaviour["script"] as readonly Behaviour[];
      return this.#perform(script[Math.min(launch, script.length) - 1] ?? ECHO, request, launch);
    }
    if ("fail" in behaviour) {
      if (launch > Number(behaviour["fail"])) return this.#perform(then(), request, launch);
      const reason = textOf(behaviour["reason"] ?? "error");
      const failed = FAILURES[reason];
      if (failed === undefined) throw new UnknownBehaviour(reason);
      return {
        failed,
        message: textOf(behaviour["message"] ?? "it failed"),
        ...usageOf(behaviour),
      };
    }
    if ("rateLimit" in behaviour) {
      const { rateLimit } = behaviour;
      const isTimed = rateLimit !== true;
      return {
        failed: "rate_limit",
        ...(isTimed && { retryAfterMs: durationMs(rateLimit) }),
        ...usageOf(behaviour),
      };
    }
    if ("usage" in behaviour)
      return { ...this.#perform(then(), request, launch), ...usageOf(behaviour) };
    if ("sleep" in behaviour) {
      const afterMs = durationMs(behaviour["sleep"]);
      return { ...this.#perform(then(), request, launch), afterMs };
    }
    if ("write" in behaviour) {
      for (const [file, text] of Object.entries(asBehaviour(behaviour["write"]))) {
        mkdirSync(dirname(join(this.#folder, file)), { recursive: true });
        writeFileSync(join(this.#folder, file), textOf(text));
      }
      return this.#perform(then(), request, launch);
    }
    if ("hang" in behaviour) return { failed: "timeout", afterMs: this.#timeoutOf(path) };
    if ("json" in behaviour) return { result: behaviour["json"] };
    if ("text" in behaviour) return { result: behaviour["text"] };
    if ("parse" in behaviour) return { result: JSON.parse(task) as unknown };
    if ("feedback" in behaviour) return { result: { feedback: feedback !== undefined } };
    if ("request" in behaviour) {
      const asked = request as unknown as Behaviour;
      const parts = behaviour["request"] as readonly string[];
      return { result: Object.fromEntries(parts.map((part) => [part, asked[part] ?? null])) };
    }
    if ("echo" in behaviour) return { result: task };
    throw new UnknownBehaviour(Object.keys(behaviour).join(", "));
  }

  #program({ run, path, attemptNumber, output }: LaunchRequest): LaunchReply {
    const {
      command,
      script,
      shell = ["sh", "-eu"],
      env = {},
      input = "",
      okExitCodes = [0],
    } = run as {
      readonly command?: readonly string[];
      readonly script?: string;
      readonly shell?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly input?: string;
      readonly okExitCodes?: readonly number[];
    };
    const file = join(this.#folder, `.axw-${encodeURIComponent(path)}.${attemptNumber}`);
    if (script !== undefined) writeFileSync(file, script);
    const [program = "", ...args] = command ?? [...shell, file];
    const { status, stdout, stderr } = spawnSync(program, args, {
      input,
      encoding: "utf8",
      env: { ...process.env, ...env, AX_RUN_DIR: this.#folder },
    });
    if (status === null || !okExitCodes.includes(status))
      return { failed: "error", message: stderr };
    const masked = this.#secrets.reduce((text, secret) => text.replaceAll(secret, "***"), stdout);
    const text = masked.replace(/\n+$/, "");
    const hasCode = okExitCodes.length > 1 && output === undefined;
    return { result: hasCode ? { stdout: text, exitCode: status } : text };
  }
}
