/** @automatosx/run-view: the read model of a run, folded from its journal by the core. A browser may import it. */

export { type AcceptedEvent, projectEvents } from "./project-events.js";
