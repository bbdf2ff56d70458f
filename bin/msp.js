#!/usr/bin/env node
// Plain JavaScript that old Nodes can read: it finds a Node that is new enough, then starts msp.
import { existsSync } from 'node:fs'

const needed = 24
const root = new URL('..', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= needed) {
  const built = new URL('dist/start.js', root)
  const { start } = await import(existsSync(built) ? built.href : new URL('src/start.ts', root).href)
  await start(cacheFolder(process.env))
} else await useOwnNode(new URL(`node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, root))

// the state folder of config.ts, which is not loaded yet
function cacheFolder(env) {
  if (env.MSP_HOME) return `${env.MSP_HOME}/state/cache`
  if (process.platform === 'win32') return `${env.LOCALAPPDATA || env.USERPROFILE}/msp/state/cache`
  return `${env.XDG_STATE_HOME || `${env.HOME}/.local/state`}/msp/cache`
}

async function useOwnNode(node) {
  if (!existsSync(node)) {
    console.error(`msp needs Node ${needed} or newer; this is Node ${process.versions.node}. Install the current LTS version of Node.js.`)
    process.exit(1)
  }
  const { spawn } = await import('node:child_process')
  const { fileURLToPath } = await import('node:url')
  const child = spawn(fileURLToPath(node), process.argv.slice(1), { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; this process waits for what the child makes of it
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 130 : code))
}
