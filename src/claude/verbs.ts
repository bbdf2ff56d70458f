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
  'integrate remove',
  'client add',
  'client map',
  'session start',
  'session end',
  'work add',
  'ticket link',
  'ticket unlink',
  'ticket comment',
  'ticket sync',
  'time log',
  'backup expect',
  // it can also attach and mail
  'backup report',
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

/** What no agent does: Claude Code refuses it, and msp does so too. */
export const personal = ['outbox approve'] as const

/** The rules for commands. PowerShell, in which Windows may run them, has rules of its own. */
export const toRules = (commands: readonly string[]): string[] =>
  ['Bash', 'PowerShell'].flatMap((tool) => commands.map((command) => `${tool}(msp ${command} *)`))
