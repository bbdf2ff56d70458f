/** The codes of a certificate that is not good enough. */
const codes = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/

/** What is wrong with the certificate of a server, and what helps; undefined where the code is about something else. */
export function certificateRefusal(code: string, host: string): { message: string; hint: string } | undefined {
  if (!codes.test(code)) return undefined
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return {
      message: `The certificate of ${host} is for another host (${code}).`,
      hint: 'Write the address with the name that is in the certificate.',
    }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return {
      message: `The certificate of ${host} ${when} (${code}).`,
      hint: 'See whether the clock of this machine is right. If it is, who runs that server must renew it.',
    }
  }
  return {
    message: `${host} has no certificate that this machine trusts (${code}).`,
    hint: 'If your company has an authority of its own, name its certificate in NODE_EXTRA_CA_CERTS.',
  }
}
