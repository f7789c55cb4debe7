import type { VNode } from "preact";
import type { RunList } from "../../api/run.schema.js";
import { Icon, type IconName, type Tone } from "../shell/Icons.jsx";

type Ask = RunList["asks"][number];

interface AskLook {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: (count: number) => string;
  /** Where all of them are shown. */
  readonly href: string;
}

const LOOKS: Readonly<Record<Ask["kind"], AskLook>> = {
  gates: {
    icon: "gate",
    tone: "wait",
    title: (n) => (n === 1 ? "1 gate waits for you" : `${n} gates wait for you`),
    href: "/gates",
  },
  unknown: {
    icon: "unknown",
    tone: "unk",
    title: (n) => (n === 1 ? "1 outcome is unknown" : `${n} outcomes are unknown`),
    href: "/gates",
  },
  budget: {
    icon: "paused",
    tone: "wait",
    title: (n) =>
      n === 1 ? "1 run has reached its budget" : `${n} runs have reached their budget`,
    href: "/runs?status=open",
  },
  orphaned: {
    icon: "orphaned",
    tone: "wait",
    title: (n) => (n === 1 ? "1 run has no process" : `${n} runs have no process`),
    href: "/health",
  },
  quarantined: {
    icon: "damaged",
    tone: "wait",
    title: (n) => (n === 1 ? "1 run is quarantined" : `${n} runs are quarantined`),
    href: "/health",
  },
  damaged: {
    icon: "damaged",
    tone: "fail",
    title: (n) => (n === 1 ? "1 run is damaged" : `${n} runs are damaged`),
    href: "/health",
  },
};

/** What needs a person: one card for each kind. */
export function AskCards({ asks }: { readonly asks: readonly Ask[] }): VNode | null {
  if (asks.length === 0) return null;
  return (
    <>
      <h2 class="vh">Needs you</h2>
      <div class="needs">
        {asks.map((ask) => (
          <AskCard key={ask.kind} ask={ask} />
        ))}
      </div>
    </>
  );
}

function AskCard({ ask: { kind, count, says, runId } }: { readonly ask: Ask }): VNode {
  const { icon, tone, title, href } = LOOKS[kind];
  const isOne = count === 1 && runId !== undefined;
  return (
    <a class="need" href={isOne ? `/runs/${encodeURIComponent(runId)}` : href}>
      <Icon name={icon} tone={tone} />
      <span>
        <b>{title(count)}</b>
        <span class="dim">{says.text}</span>
      </span>
    </a>
  );
}
