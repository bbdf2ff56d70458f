import type { Env } from './config.ts'

/** An agent that runs msp. */
export interface Agent {
  /** As its variable says: `claude-code`, `codex`. */
  name: string
  /** The variables that made msp think so. */
  because: readonly string[]
}

// A variable without a name here gives the name as its value.
const ofAgents: ReadonlyArray<readonly [variable: string, name?: string]> = [
  // for what Claude Code itself runs: tools, hooks, the status line
  ['CLAUDE_CODE_CHILD_SESSION', 'claude-code'],
  ['CODEX_SANDBOX', 'codex'],
  ['CODEX_SANDBOX_NETWORK_DISABLED', 'codex'],
  ['CODEX_THREAD_ID', 'codex'],
  ['CODEX_CI', 'codex'],
  ['CURSOR_AGENT', 'cursor'],
  ['GEMINI_CLI', 'gemini-cli'],
  ['COPILOT_CLI', 'copilot-cli'],
  ['OPENCODE', 'opencode'],
  ['CLINE_ACTIVE', 'cline'],
  ['ANTIGRAVITY_CLI_ALIAS', 'antigravity'],
  ['OPENCLAW_SHELL', 'openclaw'],
  ['AI_AGENT'],
  ['AGENT'],
]

/** Set by the program around an agent, in the terminals too in which it lets people type. */
const ofHosts: typeof ofAgents = [
  ['CLAUDE_CODE_ENTRYPOINT', 'claude-code'],
  ['CODEX_INTERNAL_ORIGINATOR_OVERRIDE', 'codex'],
  ['CLAUDECODE', 'claude-code'],
]

/**
 * The agent that runs msp, undefined for a person; in doubt an agent. It is a convenience and no guard: whoever runs msp chooses its
 * environment, so what only a person may do asks for more.
 */
export function detectAgent(env: Env, isTerminal: () => boolean): Agent | undefined {
  const counting = ofAgents.filter(([variable]) => isOn(env[variable]))
  const hosts = ofHosts.filter(([variable]) => isOn(env[variable]))
  // asked only when it matters: opening stdin costs time
  if (hosts.length > 0 && !isTerminal()) counting.push(...hosts)
  const [first] = counting
  if (!first) return undefined
  const [variable, name = toName(env[variable])] = first
  return { name, because: counting.map(([each]) => each) }
}

/** A variable that says yes: anything but nothing, 0, false, no and off. */
export const isOn = (value: string | undefined): boolean => value !== undefined && !/^(0|false|no|off)?$/i.test(value.trim())

/** How long a command of an agent may take: its shell moves one of two minutes to the background. */
export const shellPatienceMs = 110_000

/** What an agent calls itself; some only say that they are one. */
function toName(value = ''): string {
  const name = value.trim().toLowerCase()
  return /^[a-z][\w.:@/-]{0,99}$/.test(name) && !/^(true|yes|on)$/.test(name) ? name : 'agent'
}

/** How a person goes on whom msp takes for an agent, as in a tmux that was started from one. */
export function ifYouAreAPerson({ because }: Agent, command: string): string {
  const words = process.platform === 'win32' ? `Remove-Item ${because.map((name) => `Env:${name}`).join(', ')}; msp` : envCommand(because)
  return `If you are a person, ${because.join(', ')} made msp take you for an agent: ${words} ${command}`
}

/** The hint of what only a person may do. */
export const askAPerson = (agent: Agent, command: string): string =>
  `Ask a person to run this in a terminal: msp ${command}\n${ifYouAreAPerson(agent, command)}`

const envCommand = (variables: readonly string[]): string => `env ${variables.map((name) => `-u ${name}`).join(' ')} msp`

/** An environment in which nothing says that an agent runs msp. */
export function withoutAgent(env: Env): Env {
  const names = new Set([...ofAgents, ...ofHosts].map(([variable]) => variable))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)))
}
