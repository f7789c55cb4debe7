import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { liveStream } from "../client/stream.js";
import type { Tone } from "./Icons.jsx";

/** What the screen is about: `Runs`, `user-auth-workflow c41d7e`. */
const subject = signal("");

/** The tone of the run that the screen shows; absent on other screens. */
const subjectTone = signal<Tone | undefined>(undefined);

/** Names the document for as long as a screen is mounted. */
export function useTitle(text: string, tone?: Tone): void {
  useEffect(() => {
    subject.value = text;
    subjectTone.value = tone;
    return () => {
      subjectTone.value = undefined;
    };
  }, [text, tone]);
}

/** `(3) Runs · axw`: how many questions wait for a person, and the screen. */
export function titleText(open: number, text: string): string {
  return `${open === 0 ? "" : `(${open}) `}${text === "" ? "" : `${text} · `}axw`;
}

const SHAPES: Readonly<Record<Tone | "none", readonly [colour: string, shape: string]>> = {
  ok: ["#2a8f5a", "<circle cx='8' cy='8' r='7'/>"],
  fail: ["#cf372d", "<path d='M5 1h6l4 4v6l-4 4H5l-4-4V5z'/>"],
  run: ["#3a7be0", "<path d='M8 1a7 7 0 1 0 7 7h-4a3 3 0 1 1-3-3z'/>"],
  wait: ["#b5780f", "<path d='m8 0 8 8-8 8-8-8z'/>"],
  unk: ["#8a4fd0", "<path d='m8 0 8 8-8 8-8-8z'/>"],
  idle: ["#8991a0", "<rect x='2' y='2' width='12' height='12' rx='2'/>"],
  none: [
    "#8991a0",
    "<circle cx='4' cy='8' r='3'/><circle cx='12' cy='4' r='3'/><circle cx='12' cy='12' r='3'/>",
  ],
};

/** The icon of the tab, as a URL: a shape and a colour. */
export function iconHref(state: Tone | "none"): string {
  const [colour, shape] = SHAPES[state];
  const box = "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'";
  const svg = `<svg ${box} fill='${colour}'>${shape}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Keeps the title and the icon of the document up to date. */
export function showTitle(): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  effect(() => {
    const pulse = liveStream.pulse.value;
    const open = pulse?.gates ?? 0;
    document.title = titleText(open, subject.value);
    const busy = (pulse?.counts.running ?? 0) > 0 ? "run" : "none";
    const state = subjectTone.value ?? (open > 0 ? "wait" : busy);
    const href = iconHref(liveStream.state.value.is === "lost" ? "idle" : state);
    if (icon !== null && icon.getAttribute("href") !== href) icon.href = href;
  });
}
