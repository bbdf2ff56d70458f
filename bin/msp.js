#!/usr/bin/env node
// Plain CommonJS that old Nodes can read: it finds a Node that is new enough, then starts msp.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const needed = 24
const root = join(__dirname, '..')

if (Number(process.versions.node.split('.')[0]) >= needed) start()
else useOwnNode(join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'))

function start() {
  const built = join(root, 'dist', 'start.cjs')
  const { start } = require(existsSync(built) ? built : join(root, 'src', 'start.ts'))
  start()
}

function useOwnNode(node) {
  if (!existsSync(node)) {
    console.error(`msp needs Node ${needed} or newer; this is Node ${process.versions.node}. Install the current LTS version of Node.js.`)
    process.exit(1)
  }
  const child = require('node:child_process').spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; this process waits for what the child makes of it
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 130 : code))
}
