const shortest = 4 // of anything shorter the replacement would say more than the text

/** The text without these secrets, and without what looks like another: an answer may repeat what was sent to it. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret.length >= shortest) clean = clean.replaceAll(secret, '[hidden]')
  return (
    clean
      // with a digit in it: "bearer authentication" is a word about tokens, not one
      .replace(/\b(bearer)\s+(?=\S*\d)[\w.~+/-]{16,}=*/gi, '$1 [hidden]')
      .replace(/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[hidden]')
      .replace(/\b(\w*(?:key|token|secret|password|passwd|pwd)=)[^\s&"'<>;,]{4,}/gi, '$1[hidden]')
  )
}
