import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HttpFailure } from '../../src/http/failure.ts'
import { redact } from '../../src/http/redact.ts'
import { attachmentWrite } from '../../src/integrations/syncro/attachments.ts'
import { secretsOfLink } from '../../src/sharing/link-secrets.ts'
import type { NewAttachment } from '../../src/tickets/ticket.ts'
import { clientOf, startVendor } from '../http/vendor.ts'

const secret = 'q3-Zk0Yt7bXc_1vN9sLw5mRj2hGf8dPa4eUiOyTrE6A'
const key = 'Jb7-0mVn4c_XzQ1wE5rT9yU2iO6pA3sD8fG0hJ4kL7Z'
const signature = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const credential = 'AKIAIOSFODNN7EXAMPLE/20260115/us-east-1/s3/aws4_request'
const fileName = 'dataforth_backup_report_2026-01-15.pdf'

const links = {
  'this machine': [`https://tunnel.example.com/msp/${secret}/${fileName}`, [secret]],
  'a bucket': [
    `https://s3.example.com/reports/msp/${key}?X-Amz-Expires=120&X-Amz-Date=20260115T213200Z&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Signature=${signature}`,
    [key, signature, 'AKIAIOSFODNN7EXAMPLE'],
  ],
} as const

const forms: Record<string, (url: string) => string> = {
  whole: (url) => url,
  'cut at its end': (url) => `${url.slice(0, -2)}...`,
  encoded: encodeURIComponent,
  'encoded twice': (url) => encodeURIComponent(encodeURIComponent(url)),
  'encoded in small letters': (url) => encodeURIComponent(url).replace(/%../g, (code) => code.toLowerCase()),
  decoded: decodeURIComponent,
  'with slashes escaped': (url) => url.replaceAll('/', '\\/'),
  'as a page has it': (url) => url.replaceAll('&', '&amp;'),
  'as its parts': (url) => `token ${url.split(/[/?&=]|%2F/).join(' ')}`,
}

for (const [place, [url, hidden]] of Object.entries(links)) {
  describe(`a link to ${place}`, () => {
    for (const [name, toForm] of Object.entries(forms)) {
      test(`gives nothing away ${name}`, () => {
        const said = redact(`Could not fetch ${toForm(url)}`, secretsOfLink(url, fileName))
        assert.deepEqual(
          hidden.filter((each) => said.includes(each)),
          [],
          said,
        )
      })
    }

    test('gives nothing away where a vendor refuses it: not in the error, not in the record', async (t) => {
      const { url: vendor } = await startVendor(t, {
        status: 422,
        body: { error: `Could not fetch ${url.slice(0, -2)}... of ${fileName}` },
      })
      const { http, attempts } = clientOf(vendor)
      const content: NewAttachment = { ticketId: '1', ticketNumber: '12345', fileName, file: null, url, offer: null, before: [] }
      const error = await attachmentWrite(http)
        .send(content, 'msp 7F3K')
        .catch((thrown: unknown) => thrown)
      assert.ok(error instanceof HttpFailure, String(error))
      const said = [error.message, attempts[0]?.error].join('\n')
      assert.deepEqual(
        hidden.filter((each) => said.includes(each)),
        [],
        said,
      )
      assert.ok(said.includes(fileName), said)
    })
  })
}

test('of one that is cut in its middle too little is left to guess the rest', () => {
  const url = links['this machine'][0]
  assert.equal(
    redact(`Could not fetch ${url.slice(0, 60)}…`, secretsOfLink(url, fileName)),
    'Could not fetch https://tunnel.example.com/msp/[hidden]5mRj2hGf8…',
  )
})

test('what is no link is hidden as it is', () => assert.deepEqual(secretsOfLink('no link', 'a.pdf'), ['no link']))
