/**
 * The variables with which an agent program marks what it starts as part of its own session, and
 * why a step's program must not inherit each one. Variables that configure a program (keys,
 * endpoints, models, folders) are not listed, nor are those that describe a sandbox, such as
 * `CODEX_SANDBOX`, because the sandbox still applies.
 */
const SESSION_MARKERS = {
  CLAUDECODE: "Claude Code refuses to start inside another session",
  CLAUDE_CODE_ENTRYPOINT: "says how the outer session was started",
  CLAUDE_CODE_SESSION: "identifies the outer session",
  CLAUDE_CODE_SESSION_ID: "identifies the outer session",
  CLAUDE_CODE_PARENT_SESSION_ID: "identifies the session outside the outer one",
  CLAUDE_CODE_REMOTE_SESSION_ID: "identifies the outer session in the cloud",
  CLAUDE_CODE_CHILD_SESSION: "Claude Code does not save a session within another session",
  CLAUDE_CODE_SSE_PORT: "connects to the editor of the outer session",
  CLAUDE_CODE_MESSAGING_SOCKET: "sends messages to the outer session",
  CLAUDE_CODE_EXECPATH: "is the path of the outer session's program",
  CLAUDE_CODE_TEAM_NAME: "is the team of the outer session",
  CLAUDE_CODE_AGENT_ID: "identifies the outer session in its team",
  CLAUDE_CODE_AGENT_NAME: "identifies the outer session in its team",
  CLAUDE_CODE_AGENT_TYPE: "is the role of the outer session in its team",
  CLAUDE_PID: "is the process of the outer session",
  CLAUDE_AGENT_SDK_VERSION: "is the version of the library that started the outer session",
  CLAUDE_SESSION_ID: "identifies the outer session to its hooks",
  CLAUDE_PROJECT_DIR: "is the folder of the outer session",
  CLAUDE_ENV_FILE: "changes the environment of the outer session",
  CODEX_THREAD_ID: "identifies the outer session",
  CODEX_SESSION_ID: "identifies the outer session",
  CODEX_SHELL: "says that a command was started by the outer session",
  CODEX_CI: "says that a command was started by the outer session",
  CODEX_INTERNAL_ORIGINATOR_OVERRIDE: "is the name of the program that started the outer session",
  CODEX_MANAGED_BY_NPM: "says how the outer session's program was installed",
  CODEX_MANAGED_BY_BUN: "says how the outer session's program was installed",
  GEMINI_CLI: "says that a command was started by the outer session",
  GEMINI_CLI_IDE_SERVER_PORT: "connects to the editor of the outer session",
  GEMINI_CLI_IDE_WORKSPACE_PATH: "is the folder that the editor of the outer session has open",
  GEMINI_CLI_IDE_AUTH_TOKEN: "connects to the editor of the outer session",
  GEMINI_CLI_IDE_PID: "is the process of the editor of the outer session",
  GEMINI_SESSION_ID: "identifies the outer session to its hooks",
  GEMINI_PROJECT_DIR: "is the folder of the outer session",
  AI_AGENT: "is the name of the program that runs the outer session",
} as const;

/**
 * Removes the marks of an outer agent session: `{ CLAUDECODE: null, … }`. A preset's program is a
 * session of its own, even when `axw` was started by an agent.
 */
export const WITHOUT_OUTER_SESSION: Readonly<Record<string, null>> = Object.fromEntries(
  Object.keys(SESSION_MARKERS).map((name) => [name, null]),
);
