import type { VNode } from "preact";

const INNER = "var(--surface)";

/** A line of a shape. */
function line(d: string, width = 1.5, colour = "currentColor"): VNode {
  return (
    <path
      d={d}
      fill="none"
      stroke={colour}
      stroke-width={width}
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  );
}

/** A filled part of a shape. */
function fill(d: string): VNode {
  return <path d={d} fill="currentColor" />;
}

function dot(cx: number, cy: number, r: number, colour = "currentColor"): VNode {
  return <circle cx={cx} cy={cy} r={r} fill={colour} />;
}

function ring(dashes?: string, opacity?: number): VNode {
  return (
    <circle
      cx="8"
      cy="8"
      r="6.2"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      {...(dashes !== undefined && { "stroke-dasharray": dashes })}
      {...(opacity !== undefined && { opacity })}
    />
  );
}

const DIAMOND = "M8 1.5 14.5 8 8 14.5 1.5 8z";

/** The shapes, on a square of 16 by 16. */
const SYMBOLS = {
  workflow: [
    <circle cx="3.5" cy="8" r="2" fill="none" stroke="currentColor" stroke-width="1.5" />,
    <circle cx="12.5" cy="4" r="2" fill="none" stroke="currentColor" stroke-width="1.5" />,
    <circle cx="12.5" cy="12" r="2" fill="none" stroke="currentColor" stroke-width="1.5" />,
    line("m5.4 7.2 5.2-2.4M5.4 8.8l5.2 2.4"),
  ],
  runs: [line("M2 4h12M2 8h8m-8 4h5", 1.6)],
  gates: [line(DIAMOND)],
  agents: [
    line("M4.5 5h7a2 2 0 0 1 2 2v4.5a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z"),
    line("M8 5V2m-2.2 6.8v.9m4.4-.9v.9"),
  ],
  health: [line("M1.5 8.5h3l2-5 3 9 2-4h3")],
  cached: [ring(), line("M5.2 8.2 7.2 10.2l3.7-4.1", 1.6)],
  cancelled: [<rect x="2" y="2" width="12" height="12" rx="2.5" fill="currentColor" />],
  completed: [dot(8, 8, 7), line("M4.8 8.3 7 10.5l4.3-4.8", 1.8, INNER)],
  copy: [
    line("M7 5.5h5.5A1.5 1.5 0 0 1 14 7v5.5a1.5 1.5 0 0 1-1.5 1.5H7a1.5 1.5 0 0 1-1.5-1.5V7z", 1.4),
    line("M10.5 3.2V3A1.5 1.5 0 0 0 9 1.5H3.5A1.5 1.5 0 0 0 2 3v5.5A1.5 1.5 0 0 0 3.5 10h.2", 1.4),
  ],
  damaged: [line("M8 1.3 15.3 14.2H.7z"), line("M8 6.2v3.6", 1.6), dot(8, 12, 0.9)],
  down: [line("M3.5 6 8 10.5 12.5 6", 1.6)],
  failed: [
    fill("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"),
    line("m5.5 5.5 5 5m0-5-5 5", 1.8, INNER),
  ],
  find: [
    <circle cx="7" cy="7" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" />,
    line("m10.5 10.5 3.5 3.5"),
  ],
  flag: [line("M3.5 15V1.5h8.7l-2 3.5 2 3.5H3.5")],
  gate: [fill("M8 .6 15.4 8 8 15.4.6 8z"), line("M8 4.6v4", 1.9, INNER), dot(8, 11.2, 1.1, INNER)],
  left: [line("M10 3.5 5.5 8l4.5 4.5", 1.6)],
  loop: [
    line("M4 5h6.5A3.5 3.5 0 0 1 14 8.5M12 11H5.5A3.5 3.5 0 0 1 2 7.5"),
    line("M6.2 2.5 3.5 5l2.7 2.5M9.8 13.5 12.5 11 9.8 8.5"),
  ],
  more: [dot(3, 8, 1.4), dot(8, 8, 1.4), dot(13, 8, 1.4)],
  orphaned: [ring("14 5.5"), dot(8, 8, 1.7)],
  pause: [line("M5.5 3v10m5-10v10", 2)],
  paused: [ring(), line("M6.2 5.4v5.2m3.6-5.2v5.2", 1.8)],
  pending: [ring("2.6 2.27")],
  play: [fill("M4.5 2.6v10.8L13 8z")],
  quota: [
    line(
      "M3.5 1.5h9M3.5 14.5h9M4.6 1.5c0 4 3.4 4.4 3.4 6.5s-3.4 2.5-3.4 6.5m6.8-13c0 4-3.4 4.4-3.4 6.5s3.4 2.5 3.4 6.5",
      1.6,
    ),
  ],
  ready: [ring()],
  retry: [line("M13.2 6.2A5.6 5.6 0 1 0 13.6 9", 1.8), fill("M13.9 2.2v4.2H9.7z")],
  right: [line("m6 3.5 4.5 4.5L6 12.5", 1.6)],
  running: [ring(undefined, 0.35), line("M8 1.8A6.2 6.2 0 0 1 14.2 8", 2), dot(8, 8, 2.2)],
  skipped: [ring(), line("m4.6 11.4 6.8-6.8", 1.6)],
  stale: [line(DIAMOND, 1.6), line("M5.5 8h5", 1.6)],
  stop: [
    line(
      "M4.5 3h7A1.5 1.5 0 0 1 13 4.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 11.5v-7A1.5 1.5 0 0 1 4.5 3z",
      1.6,
    ),
  ],
  unknown: [
    line("M8 1.2 14.8 8 8 14.8 1.2 8z"),
    line("M6.3 6.5a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1", 1.3),
    dot(8, 11, 0.9),
  ],
  up: [line("M3.5 10 8 5.5l4.5 4.5", 1.6)],
} as const satisfies Readonly<Record<string, readonly VNode[]>>;

/** The name of an icon. */
export type IconName = keyof typeof SYMBOLS;

/** The colours of statuses, as classes of the stylesheet. */
export type Tone = "ok" | "fail" | "run" | "wait" | "unk" | "idle";

/** The shapes of all icons, defined once for the document. */
export function IconSprite(): VNode {
  return (
    <svg class="vh" aria-hidden="true">
      <defs>
        {Object.entries(SYMBOLS).map(([name, shapes]) => (
          <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
            {shapes}
          </symbol>
        ))}
      </defs>
    </svg>
  );
}

/** An icon beside words that say the same; it is hidden from screen readers. */
export function Icon(props: {
  readonly name: IconName;
  readonly isSmall?: boolean;
  readonly tone?: Tone | undefined;
  readonly class?: string;
}): VNode {
  const { name, isSmall = false, tone, class: more } = props;
  const classes = [isSmall ? "i-s" : "i", tone, more].filter(Boolean).join(" ");
  return (
    <svg class={classes} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
