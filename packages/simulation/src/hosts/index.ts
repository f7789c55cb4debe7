export type { HostFault } from "./HostFault.js";
export { type HostRules, soundHostRules } from "./HostRules.js";
export type { HostsWorldOptions } from "./HostsWorld.js";
export { type HostsReport, runHostsSeed, shrinkHostsSeed } from "./run-hosts-seed.js";
