/** Commands that only read: Claude Code may run them without asking. */
export const reading = [
  'integrate list',
  'integrate test',
  'client list',
  'client show',
  'session show',
  'session list',
  'work list',
  'ticket search',
  'ticket show',
  'ticket suggest',
  'ticket links',
  'time list',
  'backup status',
  'backup list',
  'outbox list',
  'outbox show',
  'record list',
  'record show',
  'config get',
  'config list',
  'key status',
  'db status',
  'claude status',
] as const

/** Commands that change something, or start something: Claude Code asks the person before each. */
export const writing = [
  'init',
  'integrate syncro',
  'integrate msp-backups',
  'integrate smtp',
  'integrate files',
  'integrate remove',
  'client add',
  'client map',
  'session start',
  'session end',
  'work add',
  'ticket link',
  'ticket unlink',
  'ticket comment',
  'ticket attach',
  'ticket sync',
  'time log',
  // it may write files, and hang or mail what it found
  'backup report',
  'backup expect',
  'backup log',
  'backup verify',
  'backup delete-mark',
  'backup dump',
  'outbox cancel',
  'outbox retry',
  'outbox run',
  'outbox resolve',
  'config set',
  'config unset',
  'key recover',
  'key passphrase',
  'db migrate',
  'claude setup',
  'claude remove',
  'sandbox',
  'demo',
] as const

/** True of options of which none is another one: what is new changes something until somebody has looked. */
const only =
  (...names: string[]) =>
  (options: Readonly<Record<string, unknown>>): boolean =>
    Object.keys(options).every((name) => names.includes(name))

/** Of those that write: how each of them is typed to change nothing, neither in msp nor at a vendor. `--dry-run` is such a way of any. */
export const harmless: Record<string, (options: Readonly<Record<string, unknown>>) => boolean> = {
  'backup report': only('client', 'all', 'date', 'days', 'check', 'session', 'html', 'pdf', 'csv', 'open', 'json'),
  'backup expect': only('client', 'computer', 'plan', 'json'),
  // each with pretend vendors and a home of its own
  sandbox: () => true,
  demo: () => true,
}

/** What no agent does: Claude Code refuses it, and msp does so too. */
export const personal = ['outbox approve'] as const

/** The rules for commands. PowerShell, in which Windows may run them, has rules of its own. */
export const toRules = (commands: readonly string[]): string[] =>
  ['Bash', 'PowerShell'].flatMap((tool) => commands.map((command) => `${tool}(msp ${command} *)`))
