import { openAxw } from "./axw.ts";
import type { PeerName } from "./jobs.ts";
import { openLangGraph } from "./langgraph.ts";
import { openOpenWorkflow } from "./openworkflow.ts";
import type { OpenPeer } from "./peer.ts";

export const PEERS: Readonly<Record<PeerName, OpenPeer>> = {
  axw: openAxw,
  langgraph: openLangGraph,
  openworkflow: openOpenWorkflow,
};
