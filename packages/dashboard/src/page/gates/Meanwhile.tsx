import type { VNode } from "preact";
import type { Saying } from "../../api/common.schema.js";
import type { Gate } from "../../api/gate.schema.js";
import { Command } from "../shell/Command.jsx";
import { Icon, type IconName } from "../shell/Icons.jsx";
import { toneClass } from "../shell/status-looks.js";

const ICONS: Readonly<Record<Saying["tone"], IconName>> = {
  ok: "completed",
  fail: "failed",
  run: "running",
  wait: "gate",
  unknown: "unknown",
  idle: "pending",
};

/** What else the run does, and the command that gives the answer. */
export function Meanwhile({ gate }: { readonly gate: Gate }): VNode {
  const { meanwhile } = gate;
  return (
    <div class="card">
      <div class="card-h">
        <h2>The run meanwhile</h2>
      </div>
      <ul class="then">
        {meanwhile.map(({ tone, text }) => (
          <li key={text}>
            <Icon name={ICONS[tone]} tone={toneClass(tone)} />
            <span>{text}</span>
          </li>
        ))}
        <li>
          <Command text={gate.gate.command} isPlain />
        </li>
      </ul>
    </div>
  );
}
