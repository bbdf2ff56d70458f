import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BackupReport } from '../backups/report.ts'
import { toDocument } from './pdf/document.ts'

/** A report as A4 pages that a client can file: nothing is loaded, nothing links anywhere, and whatever comes from data is only text. */
export async function toPdf(report: BackupReport): Promise<Buffer> {
  const { default: pdfmake } = await import('pdfmake')
  const folder = fontFolder()
  const [normal, bold] = [join(folder, 'Roboto-Regular.ttf'), join(folder, 'Roboto-Medium.ttf')]
  pdfmake.setFonts({ Roboto: { normal, bold } })
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => path === normal || path === bold)
  return pdfmake.createPdf(toDocument(report)).getBuffer()
}

/** The build puts them beside the bundle; in a checkout they lie in the package that brings them. */
function fontFolder(): string {
  const shipped = fileURLToPath(new URL('fonts', import.meta.url))
  return existsSync(shipped) ? shipped : fileURLToPath(new URL('../../node_modules/pdfmake/fonts/Roboto', import.meta.url))
}
