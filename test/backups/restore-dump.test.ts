import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireProgram } from '../../src/backups/programs.ts'
import { readUnchanged } from '../../src/backups/read-file.ts'
import { restoreDump } from '../../src/backups/restore-dump.ts'
import { temporaryFolder } from '../support/engines.ts'
import { hasMariaDb } from '../support/mariadb.ts'

const { signal } = new AbortController()

/** Restores a dump, made for a folder beside it, which must be empty afterwards, and says what came out or what was said instead. */
async function restore(t: TestContext, toDump: (harm: string) => string) {
  if (!hasMariaDb()) return t.skip('NOT TESTED: there is no MariaDB here.')
  const folder = temporaryFolder(t)
  const [path, harm] = [join(folder, 'x.sql'), join(folder, 'harm')]
  mkdirSync(harm)
  writeFileSync(path, toDump(harm))
  const result = await readUnchanged(path, signal, (file) => restoreDump(file, false)).then(
    ({ rowsByTable }) => rowsByTable,
    (error: Error & { code?: string }) => [error.code, error.message],
  )
  assert.deepEqual(readdirSync(harm), [])
  return result
}

const toText = (statement: string): string => `'${statement.replaceAll("'", "''")}'`

/** What a dump must not do, with the error that it gets. */
const harmful = (harm: string): ReadonlyArray<readonly [error: number, statement: string]> => [
  [1227, `select 'x' into outfile '${harm}/out'`],
  [1227, `select 'x' into dumpfile '${harm}/dump'`],
  [1227, `select 'x' into dumpfile '/dev/null/e.so'`],
  [1045, "load data infile '/etc/hostname' into table restored.lies"],
  [4166, "load data local infile '/etc/hostname' into table restored.lies"],
  [1142, "install soname 'ha_connect'"],
  [1142, "install plugin evil soname 'e.so'"],
  [1044, "create function evil returns string soname 'e.so'"],
  [1227, `set global general_log_file = '${harm}/log'`],
  [1227, `set global slow_query_log_file = '${harm}/log'`],
  [1227, 'set global local_infile = 1'],
  [1227, 'set global event_scheduler = on'],
  [1227, "create server s foreign data wrapper mysql options (host '127.0.0.1')"],
  [1227, "change master to master_host = '127.0.0.1'"],
  [1286, "create table c (id int) engine = connect table_type = csv file_name = '/etc/hostname'"],
  [1286, "create table f (id int) engine = federated connection = 'mysql://127.0.0.1/x/y'"],
  [1286, 'create table s (id int) engine = spider'],
  [1142, `insert into mysql.global_priv values ('localhost', 'evil', '{"access": 18446744073709551615}')`],
  [1142, "insert into mysql.plugin values ('evil', 'e.so')"],
  [1044, 'drop database mysql'],
  [1227, 'create user evil@localhost'],
  [1045, 'grant all on *.* to root@localhost'],
]

// each with a server of its own, which is mostly waited for
describe('a dump that is restored for a test', { concurrency: true }, () => {
  test('a dump reaches no file and no setting, whoever it says that its routines run as', async (t) => {
    const attempts = (harm: string) => harmful(harm).map(([, statement]) => `call attempt(${toText(statement)});\n`)
    const result = await restore(
      t,
      (harm) => `
create table d (id int) data directory = '${harm}';
create table m (id int) engine = myisam data directory = '${harm}' index directory = '${harm}';
create table p (id int) partition by hash (id) (partition p0 data directory = '${harm}');
create table lies (text longtext);
delimiter ;;
create definer=\`root\`@\`localhost\` procedure attempt(statement text) sql security definer
begin
  declare continue handler for sqlexception begin
    get diagnostics condition 1 @error = mysql_errno;
    execute immediate concat('create table if not exists error', @error, ' (statement text)');
    execute immediate concat('insert into error', @error, ' values (?)') using statement;
  end;
  execute immediate statement;
end;;
delimiter ;
insert into lies select load_file('/etc/hostname') from (select 1) as one where load_file('/etc/hostname') is not null;
${attempts(harm).join('')}`,
    )
    if (result === undefined) return
    const errors = Object.groupBy(harmful(''), ([error]) => `error${error}`)
    const counted = Object.entries(errors).map(([table, refused]) => [table, refused?.length])
    assert.deepEqual(result, { d: 0, m: 0, p: 0, lies: 0, ...Object.fromEntries(counted) })
  })

  test("a dump that writes to the server's own database is not checked, which is no failure", async (t) => {
    const result = await restore(t, () => 'create database if not exists mysql; use mysql; drop table if exists db;\n')
    if (result === undefined) return
    const reason = "ERROR 1044 (42000) at line 1: Access denied for user 'restore'@'localhost' to database 'mysql'"
    const sentence = `The dump writes to mysql, the server's own database with its accounts, which msp does not restore: ${reason}.`
    assert.deepEqual(result, ['not_checked', sentence])
  })

  test('a command of the client is no statement, and what a dump prints does not stop it', async (t) => {
    const result = await restore(t, (harm) => `create table a (id int); select repeat('x', 1000000);\nsystem touch ${harm}/x\n`)
    if (result !== undefined) assert.match(String(result), /^check_failed,The dump cannot be restored: ERROR 1064 .* near 'system touch /)
  })

  test('views, routines and tables come back, whichever accounts they name that are not here', async (t) => {
    const result = await restore(
      t,
      () => `create database app; use app;
create table t (id int, n text) with system versioning; insert into t values (1, 'ü'), (2, 'b');
create definer=\`app\`@\`%\` view v as select * from t;
create definer=\`root\`@\`localhost\` view w as select * from v;
create definer=\`o'n\`\`e\`@\`10.0.0.%\` view x as select * from w;
create definer='it''s'@'%' view y as select * from x;
create definer=bare@localhost view z as select * from y;
create definer=\`app\`@\`%\` event e on schedule every 1 day do delete from t;
create definer=\`app\`@\`%\` trigger r after insert on t for each row set @x = 1;
create definer=\`root\`@\`localhost\` procedure p() sql security definer create table who as select current_user() as name;
call p();`,
    )
    if (result !== undefined) assert.deepEqual(result, { t: 2, who: 1 })
  })

  test('a dump that names an account which msp does not make is not checked, which is no failure', async (t) => {
    const result = await restore(
      t,
      () => "create table t (id int); create definer='l\\'st'@'%' view v as select * from t; select * from v;",
    )
    if (result === undefined) return
    const reason = "ERROR 1449 (HY000) at line 1: The user specified as a definer ('l'st'@'%') does not exist"
    assert.deepEqual(result, ['not_checked', `The dump names an account that the MariaDB for the test does not have: ${reason}.`])
  })

  test('a dump that fills the disk is stopped, which says nothing about the backup', async (t) => {
    if (!hasMariaDb()) return t.skip('NOT TESTED: there is no MariaDB here.')
    const disk = temporaryFolder(t)
    const path = join(temporaryFolder(t), 'x.sql')
    // Aria waits on a full disk
    const doubled = 'insert into a select * from a;\n'.repeat(10)
    writeFileSync(path, `create table a (t longtext) engine = aria; insert into a values (repeat('x', 1000000));\n${doubled}`)
    const url = (name: string) => JSON.stringify(new URL(`../../src/backups/${name}.ts`, import.meta.url).href)
    const script = `
      import { readUnchanged } from ${url('read-file')}
      import { restoreDump } from ${url('restore-dump')}
      const { signal } = new AbortController()
      await readUnchanged(process.argv[1], signal, (file) => restoreDump(file, false)).catch(({ code, message }) => console.log(code, message))`
    const [program, ...mounts] = ['unshare', '--map-root-user', '--mount', 'sh', '-c'] as const
    if (spawnSync(program, [...mounts, 'mount -t tmpfs none "$0"', disk]).status !== 0)
      return t.skip('NOT TESTED: nobody may mount a disk here (unshare --map-root-user --mount).')
    const mounting = 'mount -t tmpfs -o size=200m none "$0" && TMPDIR="$0" exec "$@"'
    const node = [process.execPath, '--input-type=module', '--eval', script, path]
    const child = spawn(program, [...mounts, mounting, disk, ...node], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const said = await text(child.stdout)
    assert.match(said, /^not_checked There is not enough room in .* to unpack the backup\. Available: 1\d\d MB\n$/)
  })
})

test('Ctrl-C ends the counting of what was restored', async (t) => {
  if (!hasMariaDb()) return t.skip('NOT TESTED: there is no MariaDB here.')
  const folder = temporaryFolder(t)
  const [path, counting] = [join(folder, 'x.sql'), join(folder, 'counting')]
  writeFileSync(path, 'create table t (id int);')
  // stands for tables so large that counting them takes long
  writeFileSync(
    join(folder, 'mariadb'),
    `#!/bin/sh
case "$*" in *--user=restore*--batch*) touch ${counting}; exec sleep 60;; esac
exec ${requireProgram('mariadb')} "$@"`,
    { mode: 0o755 },
  )
  const before = process.env.PATH
  process.env.PATH = `${folder}:${before}`
  t.after(() => {
    process.env.PATH = before
  })
  const controller = new AbortController()
  const restoring = readUnchanged(path, controller.signal, (file) => restoreDump(file, false))
  const refused = assert.rejects(restoring, { message: 'Cancelled.' })
  while (!existsSync(counting)) await sleep(10)
  controller.abort(new Error('Cancelled.'))
  await refused
})
