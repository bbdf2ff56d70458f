import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Candidate, rankTickets, type SessionWork, type Suggestion, toOffer } from '../../src/tickets/suggest.ts'
import type { ListedTicket } from '../../src/tickets/ticket.ts'
import { anyText } from '../support/text.ts'

/** Thursday noon in Phoenix. */
const now = new Date('2026-01-15T19:00:00.000Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

function ticket(change: Partial<ListedTicket> = {}): ListedTicket {
  return {
    integration: 'syncro',
    id: change.number ?? '1',
    number: '1',
    subject: '',
    status: 'New',
    priority: null,
    state: 'open',
    urgency: null,
    vendorClientId: '7',
    client: 'Dataforth',
    url: 'https://acme.syncromsp.com/tickets/1',
    createdAt: daysAgo(30),
    updatedAt: now,
    ...change,
  }
}

const candidate = (change: Partial<ListedTicket>, isMine = false): Candidate => ({ ticket: ticket(change), isMine })
const work = (notes: string[], assets: string[] = []): SessionWork => ({ notes, assets, now, zone: 'America/Phoenix' })
const shown = (suggestions: Suggestion[]) => suggestions.map(({ ticket: { number }, score, reason }) => `${number}: ${score} ${reason}`)

test('words, the technician’s own, status and age speak for a ticket, and the reason says so', () => {
  const candidates = [
    candidate({ number: '3', subject: 'VPN drops every afternoon', updatedAt: daysAgo(5) }),
    candidate({ number: '2', subject: 'New laptop', status: 'Waiting for Parts', state: 'in_progress', updatedAt: daysAgo(1) }),
    candidate({ number: '1', subject: 'Backup of the NAS', status: 'In Progress', state: 'in_progress' }, true),
  ]
  assert.deepEqual(shown(rankTickets(candidates, work(['Configured the backup', 'NAS restarted']))), [
    '1: 7 words: backup, nas · assigned to you · in progress · updated today',
    '2: 1.5 waiting for parts · updated yesterday',
    '3: 0.17 new · updated 5 days ago',
  ])
})

test('a whole ranking says of each ticket whether it is about the work', () => {
  const [one, other] = [ticket({ number: '1', subject: 'Toner' }), ticket({ number: '2', subject: 'Mail' })]
  assert.deepEqual(
    rankTickets(
      [
        { ticket: one, isMine: false },
        { ticket: other, isMine: false },
      ],
      work(['Changed the toner']),
    ),
    [
      { ticket: one, score: 2.58, reason: 'words: toner · new · updated today', isAboutWork: true },
      { ticket: other, score: 1, reason: 'new · updated today', isAboutWork: false },
    ],
  )
})

for (const [note, subject, words] of [
  ['Backups', 'BACKUP failed', 'backup'],
  ['replaced batteries', 'Battery low', 'battery'],
  ['two boxes', 'The box', 'box'],
  ['the licences', 'Licence expired', 'licence'],
  ['new licenses', 'License expired', 'license'],
  ['printer switches', 'Switch', 'switch'],
  ['cookies', 'a cookie', 'cookie'],
  ['the status', 'Status unknown', 'status'],
  ['IP address', 'addresses', 'addresses'],
  ['Café printer', 'CAFE printers', 'cafe, printers'],
  ['Drucker geht nicht', 'Der Drücker', 'drücker'],
  ['DNS on AD1', 'dns', 'dns'],
  ['KB5034441', 'Install kb5034441', 'kb5034441'],
  ['one two three four five', 'five four three two one', 'five, four, three, two, …'],
] as const) {
  test(`"${note}" is about "${subject}"`, () => {
    const [found] = rankTickets([candidate({ subject })], work([note]))
    assert.deepEqual([found?.reason, found?.isAboutWork], [`words: ${words} · new · updated today`, true])
  })
}

for (const [note, subject] of [
  ['It was not on after the update of their PC', 'What is the matter with them and after'],
  ['Set 30 days', 'Alarm 30'],
  ['a b c', 'c b a'],
  ['', ''],
  ['', 'Backup'],
  ['Backup', ''],
  ['restored', 'restaurant'],
] as const) {
  test(`"${note}" is not about "${subject}"`, () => {
    const [found] = rankTickets([candidate({ subject })], work([note]))
    assert.deepEqual([found?.reason, found?.isAboutWork], ['new · updated today', false])
  })
}

test('a word that is rare among the tickets counts more than one that all have', () => {
  const candidates = [
    candidate({ number: '1', subject: 'Server: printer' }),
    candidate({ number: '2', subject: 'Server: tape' }),
    candidate({ number: '3', subject: 'Server: mail', updatedAt: daysAgo(300) }),
    candidate({ number: '4', subject: 'Server: toner' }),
  ]
  assert.deepEqual(shown(rankTickets(candidates, work(['Mail server restarted']))), [
    '3: 3.33 words: server, mail · new · updated 300 days ago',
    '1: 2 words: server · new · updated today',
    '2: 2 words: server · new · updated today',
    '4: 2 words: server · new · updated today',
  ])
})

for (const [asset, note, subject, reason] of [
  ['D2TESTNAS', 'Agent on d2testnas.', 'D2TESTNAS: backup', 'asset D2TESTNAS · '],
  ['GD-FS01', 'GD-FS01 is full', 'Backup failed on gd-fs01', 'asset GD-FS01 · '],
  ['GD-FS01', 'gd-fs01.grabb.local', '(GD-FS01)', 'asset GD-FS01 · '],
  ['Front Desk Printer', 'front desk printer again', 'Front  desk printer offline', 'asset Front Desk Printer · '],
  ['AD1', 'AD12 restarted', 'AD12', 'words: ad12 · '],
  ['FS01', 'GD-FS01 is full', 'GD-FS01', 'words: gd, fs01 · '],
  ['FS01', 'FS01 is full', 'GD-FS01', 'words: fs01 · '],
  ['---', '---', '---', ''],
  ['', '', '', ''],
] as const) {
  test(`the asset "${asset}" in "${note}" and in "${subject}"`, () => {
    const [found] = rankTickets([candidate({ subject })], work([note], [asset]))
    assert.equal(found?.reason, `${reason}new · updated today`)
  })
}

test('an asset that both name counts as its words do, and once more; what the ticket was opened with is read, too', () => {
  const candidates = [
    candidate({ number: '1', subject: 'Backup', description: 'Please see to D2TESTNAS.' }),
    candidate({ number: '2', subject: 'Backup of the mail' }),
  ]
  assert.deepEqual(shown(rankTickets(candidates, work(['Backup of D2TESTNAS'], ['AD1', 'D2TESTNAS']))), [
    '1: 5.17 words: backup · asset D2TESTNAS · new · updated today',
    '2: 2 words: backup · new · updated today',
  ])
})

test('a ticket that is done is named only when it changed today and is about the work, behind the same one that is open', () => {
  const done = { status: 'Resolved', state: 'resolved' } as const
  const candidates = [
    candidate({ number: '1', subject: 'Toner', ...done }),
    candidate({ number: '2', subject: 'Toner' }),
    candidate({ number: '3', subject: 'Mail', ...done }),
    candidate({ number: '4', subject: 'Toner', ...done, updatedAt: daysAgo(1) }),
    candidate({ number: '5', subject: 'Toner', status: 'Invoiced', state: 'closed' }),
  ]
  assert.deepEqual(shown(rankTickets(candidates, work(['Toner changed']))), [
    '2: 2.17 words: toner · new · updated today',
    '1: 0.17 words: toner · resolved · updated today',
    '5: 0.17 words: toner · invoiced · updated today',
  ])
})

test('a status that nobody knows is open, and one without a word is said in ours', () => {
  const candidates = [candidate({ number: '1', status: 'Parked' }), candidate({ number: '2', status: '', state: 'in_progress' })]
  assert.deepEqual(shown(rankTickets(candidates, work([]))), ['2: 2 in progress · updated today', '1: 1 parked · updated today'])
})

test('today is the day in the zone, and a vendor’s clock may be ahead', () => {
  const at = (updatedAt: string) => rankTickets([candidate({ updatedAt: new Date(updatedAt) })], work([]))[0]?.reason
  assert.deepEqual(
    [at('2026-01-15T07:00:00Z'), at('2026-01-15T06:59:59Z'), at('2026-01-14T06:59:59Z'), at('2026-01-17T00:00:00Z')],
    ['new · updated today', 'new · updated yesterday', 'new · updated 2 days ago', 'new · updated today'],
  )
})

for (const [what, scores, hasWork, expected] of [
  ['nothing', [], false, undefined],
  ['the only one at the start', [[0.2, false]], false, 0],
  ['the only one, which is not about the work', [[3, false]], true, undefined],
  ['the only one, which is about the work', [[1, true]], true, 0],
  [
    'the best of several that are about the work',
    [
      [3.9, true],
      [3.9, true],
    ],
    true,
    0,
  ],
  [
    'the best of several at the start',
    [
      [2, false],
      [2, false],
    ],
    false,
    0,
  ],
] as const) {
  test(`offered: ${what}`, () => {
    const ranked = scores.map(([score, isAboutWork]) => ({ ticket: ticket(), score, reason: '', isAboutWork }))
    assert.equal(toOffer(ranked, hasWork), expected === undefined ? undefined : ranked[expected])
  })
}

const vocabulary = ['backup', 'Backups', 'NAS', 'D2TESTNAS', 'GD-FS01', 'printer', 'the', 'Drücker', '30', '']
const phrase = fc.oneof(
  fc.array(fc.constantFrom(...vocabulary), { maxLength: 5 }).map((words) => words.join(' ')),
  anyText(),
)
const someTicket = fc.record({
  subject: phrase,
  description: phrase,
  state: fc.constantFrom('open' as const, 'in_progress' as const, 'resolved' as const, 'closed' as const),
  updatedAt: fc.integer({ min: 0, max: 3 }).map(daysAgo),
  isMine: fc.boolean(),
})
const someCandidates = fc
  .array(someTicket, { maxLength: 8 })
  .map((all) => all.map(({ isMine, ...change }, index) => candidate({ number: String(index), ...change }, isMine)))
const someWork = fc.record({ notes: fc.array(phrase, { maxLength: 3 }), assets: fc.array(phrase, { maxLength: 3 }) })

test('whatever is written, every open ticket is ranked once, in the same order however they come', () => {
  fc.assert(
    fc.property(
      someCandidates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      someWork,
      ([candidates, shuffled], { notes, assets }) => {
        const ranked = rankTickets(candidates, work(notes, assets))
        assert.deepEqual(rankTickets(shuffled, work(notes, assets)), ranked)
        const isOpen = ({ state }: ListedTicket) => state === 'open' || state === 'in_progress'
        const numbers = (tickets: ListedTicket[]) =>
          tickets
            .filter(isOpen)
            .map(({ number }) => number)
            .toSorted()
        assert.deepEqual(numbers(ranked.map((each) => each.ticket)), numbers(candidates.map((each) => each.ticket)))
        for (const [index, { score }] of ranked.entries()) assert.ok(score <= (ranked[index - 1]?.score ?? Number.POSITIVE_INFINITY))
      },
    ),
  )
})

test('a ticket that shares a word never ranks below the same one without it', () => {
  fc.assert(
    fc.property(someCandidates, someTicket, someWork, fc.boolean(), (others, { isMine, ...change }, { notes, assets }, isFirst) => {
      const more = { ...change, subject: `${change.subject} teleporter` }
      const [without, sharing] = [
        candidate({ ...change, number: isFirst ? '100' : '101' }, isMine),
        candidate({ ...more, number: isFirst ? '101' : '100' }, isMine),
      ]
      const ranked = rankTickets([...others, without, sharing], work([...notes, 'Teleporters mended'], assets)).map(
        ({ ticket: each }) => each,
      )
      const [with_, without_] = [ranked.indexOf(sharing.ticket), ranked.indexOf(without.ticket)]
      assert.ok(without_ === -1 || (with_ !== -1 && with_ < without_), `${with_} ${without_}`)
    }),
  )
})
