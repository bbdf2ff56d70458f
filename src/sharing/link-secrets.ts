const shortest = 20 // what lets somebody in is longer, and what is shorter may be a word

/** What makes a link one, in the forms in which somebody may repeat it, whole or cut off. The name of the file is none of it. */
export function secretsOfLink(url: string, fileName: string): string[] {
  const parsed = URL.parse(url)
  if (!parsed) return [url]
  const { pathname, search } = parsed
  const written = [...pathname.split('/'), ...search.slice(1).split(/[&=]/)].filter((part) => toDecoded(part) !== fileName)
  const parts = written.flatMap((part) => [part, toDecoded(part), ...toDecoded(part).split('/')])
  const forms = parts.filter((part) => part.length >= shortest).flatMap(toForms)
  const beginnings = forms.map((form) => form.slice(0, shortest))
  // the longest first, so that no end of one is left
  return [...new Set([url, pathname + search, pathname, search, ...forms, ...beginnings])].toSorted(
    (one, other) => other.length - one.length,
  )
}

function toDecoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function toForms(part: string): string[] {
  const encoded = encodeURIComponent(part)
  return [part, part.replaceAll('/', '\\/'), encoded, encoded.replace(/%../g, (code) => code.toLowerCase())]
}
