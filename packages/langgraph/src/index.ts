/** @automatosx/langgraph: stores LangGraph checkpoints in a database of @automatosx/workflow. */

export { AxwSaver, type AxwSaverOptions } from "./AxwSaver.js";
