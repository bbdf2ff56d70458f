import { toInertLine } from '../../inert.ts'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text from anybody as one line that a page only shows: no markup, and nothing that cannot be seen. */
export const toMarkup = (text: string): string => toInertLine(text).replace(/[&<>"']/g, (character) => entities[character] ?? '')

/** A name inside a sentence: written from right to left, it leaves the words around it where they are. */
export const toName = (name: string): string => `<bdi>${toMarkup(name)}</bdi>`
