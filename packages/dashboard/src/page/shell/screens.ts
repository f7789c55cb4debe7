import type { ComponentType } from "preact";

/** What a screen is given: the parts of the path after its name. */
export interface ScreenProps {
  readonly rest: readonly string[];
}

/** A screen of the navigation. */
export interface NavScreen {
  readonly name: "runs" | "gates" | "workflows" | "agents" | "health";
  readonly label: string;
  readonly keys: string;
}

/** The screens of the navigation, in its order. */
export const SCREENS: readonly NavScreen[] = [
  { name: "runs", label: "Runs", keys: "g r" },
  { name: "gates", label: "Gates", keys: "g g" },
  { name: "workflows", label: "Workflows", keys: "g w" },
  { name: "agents", label: "Agents", keys: "g a" },
  { name: "health", label: "Health", keys: "g h" },
];

type Loader = () => Promise<ComponentType<ScreenProps>>;

/**
 * The code of each screen, loaded when it is first shown. `run` is the screen of one run, which
 * alone needs the core.
 */
const LOADERS: Readonly<Record<string, Loader>> = {
  runs: async () => (await import("../runs/RunsScreen.jsx")).RunsScreen,
  run: async () => (await import("../run/RunScreen.jsx")).RunScreen,
  gates: async () => (await import("../gates/GatesScreen.jsx")).GatesScreen,
  workflows: async () => (await import("../workflows/WorkflowsScreen.jsx")).WorkflowsScreen,
  workflow: async () => (await import("../workflows/WorkflowScreen.jsx")).WorkflowScreen,
  compare: async () => (await import("../compare/CompareScreen.jsx")).CompareScreen,
  agents: async () => (await import("../agents/AgentsScreen.jsx")).AgentsScreen,
  health: async () => (await import("../health/HealthScreen.jsx")).HealthScreen,
};

/** The name of the code that shows a path; undefined if the page has no such address. */
export function screenFor(name: string, rest: readonly string[]): string | undefined {
  const [id] = rest;
  if (name === "runs" && id !== undefined) return rest.length === 1 ? "run" : undefined;
  if (name === "workflows" && id !== undefined) return "workflow";
  const isWhole = rest.length === 0 || (name === "gates" && rest.length === 1);
  return isWhole && Object.hasOwn(LOADERS, name) ? name : undefined;
}

const loaded = new Map<string, ComponentType<ScreenProps>>();

/** The code of a screen if it is loaded already. */
export function loadedScreen(screen: string): ComponentType<ScreenProps> | undefined {
  return loaded.get(screen);
}

/** Loads the code of a screen. */
export async function loadScreen(screen: string): Promise<ComponentType<ScreenProps>> {
  const component = await LOADERS[screen]?.();
  if (component === undefined) throw new Error(`There is no screen ${screen}.`);
  loaded.set(screen, component);
  return component;
}

/** Begins to load the screen of a path, before the page is rendered for the first time. */
export async function preloadScreen([name = "runs", ...rest]: readonly string[]): Promise<void> {
  const screen = screenFor(name, rest);
  // The screen itself tries again, and says what is wrong.
  if (screen !== undefined) await loadScreen(screen).catch(() => undefined);
}
