import { AgentError, type AgentMap, type AgentRequest, agentReply } from "@automatosx/workflow";
import type { SimulatedClock } from "@automatosx/workflow/testing";

const MINUTE = 60_000;

const TABLE = `create table users (
  id            uuid primary key,
  email         citext not null unique,
  password_hash text not null,
  last_login_at timestamptz,
  login_ip      inet,
  created_at    timestamptz not null default now()
);`;
const OLD_TABLE = `create table users (
  id            uuid primary key,
  email         text not null,
  password_hash text not null,
  created_at    timestamptz not null default now()
);`;

const MODULES = [
  "audit-log",
  "rate-limit",
  "login-form",
  "token-refresh",
  "oauth-google",
  "sessions",
  "password-reset",
  "email-check",
  "two-factor",
  "lockout",
  "devices",
  "admin",
];

/** Agents that answer after simulated minutes, print, fail now and then, and report what they used. */
export function sampleAgents(clock: SimulatedClock): AgentMap {
  const act =
    (minutes: number, usd: number, answer: (request: AgentRequest) => unknown) =>
    async (request: AgentRequest): Promise<unknown> => {
      const say = (text: string): void => request.log?.(text);
      say(`\u001b[2m$ work on ${request.stepId}\u001b[0m\n`);
      for (let part = 1; part <= 4; part += 1) {
        await wait(clock, (minutes * MINUTE) / 4, request.signal);
        say(` \u001b[32m✓\u001b[0m part ${part} of 4 of ${request.stepId}\n`);
      }
      const tokens = {
        inputTokens: Math.round(usd * 200_000),
        outputTokens: Math.round(usd * 9000),
      };
      return agentReply({ result: answer(request), usage: { ...tokens, usd } });
    };
  const backend = act(5, 0.38, ({ stepId, attemptNumber }) => {
    if (stepId.includes("audit-log"))
      throw new AgentError("check npm test -- audit-log exited 1: expected 401, got 500");
    if (attemptNumber === 1 && /login-form|rate-limit/.test(stepId))
      throw new AgentError(`check npm test -- ${stepId} exited 1: expected 401, got 403`);
    return { changed: [`src/auth/${stepId}.ts`], lines: 120 };
  });
  return {
    architecture: act(2, 0.31, ({ inputs }) => ({
      table: JSON.stringify(inputs ?? {}).includes("sessions") ? OLD_TABLE : TABLE,
      modules: MODULES.map((name) => ({ name, brief: `Write ${name} with its tests.` })),
    })),
    backend,
    security: act(5, 0.42, ({ attemptNumber, stepId }) => {
      if (attemptNumber === 1 && stepId === "threat-model")
        throw new AgentError("no answer in time");
      return "Threats: replay, stuffing.";
    }),
    writer: act(4, 0.27, () => "# Notes\n\nLogin with JWT."),
    tester: act(1, 0.05, ({ stepId }) => ({
      passed: stepId.includes("[1]") || stepId.includes("#2"),
      report: "1 test failed: answers 401 for a wrong password",
    })),
    publisher: act(2, 0.11, () => "published"),
    checker: act(1, 0.02, ({ with: given }) => {
      if (JSON.stringify(given ?? {}).includes("true")) throw new AgentError("3 links are dead");
      return { dead: 0 };
    }),
  };
}

function wait(clock: SimulatedClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(ms, resolve);
    signal.addEventListener("abort", () => {
      stop();
      reject(signal.reason);
    });
  });
}
