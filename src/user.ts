import { userInfo } from 'node:os'

/** The user as the system knows it. A process in a container may have a number that it does not know: then that is the name, and there is no home. */
export function thisUser(): { name: string; home: string } {
  try {
    const { username: name, homedir: home } = userInfo()
    return { name, home }
  } catch {
    return { name: String(process.geteuid?.()), home: '' }
  }
}
