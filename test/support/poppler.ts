import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** The Debian package of the programs that read a PDF back. */
export const popplerPackages = ['poppler-utils']

export function hasPoppler(): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return ['pdftotext', 'pdfinfo'].every((program) => folders.some((folder) => existsSync(join(folder, program))))
}

/** A test that reads a PDF back. Without the programs it is skipped, and fails when MSP_TEST_REQUIRE names `poppler`. */
export function popplerTest(name: string, run: (t: TestContext) => Promise<void>): void {
  const missing = `NOT TESTED: there is no pdftotext here. Install it: apt-get install -y --no-install-recommends ${popplerPackages.join(' ')}`
  const isRequired = (process.env.MSP_TEST_REQUIRE ?? '').split(',').includes('poppler')
  test(name, { skip: !hasPoppler() && !isRequired && missing }, async (t) => {
    if (!hasPoppler()) throw new Error(missing)
    await run(t)
  })
}

/** The lines of each page as they stand on it, with one space between words; empty lines are left out. */
export function readPages(pdf: Buffer): string[][] {
  const pages = run('pdftotext', ['-layout', '-', '-'], pdf).split('\f').slice(0, -1)
  return pages.map((page) =>
    page
      .split('\n')
      .map((each) => each.replace(/ +/g, ' ').trim())
      .filter((each) => each !== ''),
  )
}

/** The smallest box around the words of all pages, in points. */
export function readBounds(pdf: Buffer): { left: number; right: number; bottom: number } {
  const words = [
    ...run('pdftotext', ['-bbox', '-', '-'], pdf).matchAll(/<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)" yMax="([\d.-]+)"/g),
  ]
  const [left = [], right = [], bottom = []] = [1, 2, 3].map((part) => words.map((word) => Number(word[part])))
  return { left: Math.min(...left), right: Math.max(...right), bottom: Math.max(...bottom) }
}

/** What the document says of itself: `Title`, `Pages` … */
export function readInfo(pdf: Buffer): Record<string, string> {
  const lines = run('pdfinfo', ['-'], pdf).split('\n')
  return Object.fromEntries(lines.map((each) => /^([^:]+): +(.*)$/.exec(each)?.slice(1) ?? []).filter((pair) => pair.length > 0))
}

function run(program: string, args: string[], input: Buffer): string {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return stdout
}
