/** Every word that follows `msp`, with what it is for, in the order of the help. */
export const nouns = {
  init: 'set up msp on this machine',
  integrate: 'connect SyncroMSP, MSP Backups, a mail server, a bucket',
  client: 'the clients that you work for',
  session: 'start and end a stretch of work',
  work: 'note what you did',
  ticket: 'search, link, comment and sync tickets',
  time: 'log time on tickets',
  backup: 'report, watch, log and verify backups',
  outbox: 'what is on its way to a vendor',
  record: 'every call that was made to a vendor',
  config: 'settings',
  key: 'the key that opens your credentials',
  db: 'the database',
  claude: 'the command /msp of Claude Code',
  sandbox: 'pretend vendors to try msp on',
  demo: 'watch the main job being done',
} as const

const longest = Math.max(...Object.keys(nouns).map((name) => name.length))

/** The options of every command, taken out before the command sees them. */
export const everywhere = `Everywhere: --json[=fields] prints JSON where there is an answer (--json=help lists the fields), --yes confirms what
would be asked, --no-input never asks, --no-color, --key-file FILE uses that key instead of the keychain's,
-h, --help and -V, --version. When an agent runs msp, --json is the default and --no-json prints text; nothing is asked, and what
a client could see waits as a draft for a person. With MSP_READONLY=1 msp only reads: what would change something is refused.`

/** What `msp --help` prints: without commander, since it is asked for more often than anything else. */
export const helpText = `Tickets, time and backups for technicians at managed service providers.

Usage: msp <command> [options]

${Object.entries(nouns)
  .map(([name, summary]) => `  ${name.padEnd(longest)}  ${summary}`)
  .join('\n')}

Start:  msp integrate syncro · msp client add NAME · msp session start --client NAME
Try it: msp demo · msp sandbox --shell
More:   msp <command> --help

${everywhere}

Exit codes: 0 done (queued counts) · 1 failed, or a check found something · 2 wrong usage · 3 a check that could not be made
4 sign in or unlock first · 5 not found or ambiguous · 8 --wait and not delivered · 130 cancelled
`
