/** @automatosx/langgraph: LangGraph's checkpoints in the database of @automatosx/workflow, with its durability. */

export { AxwSaver, type AxwSaverOptions } from "./AxwSaver.js";
