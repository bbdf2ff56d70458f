// What the report of one client is compared with: the whole list, fetched and parsed.
const answer = await fetch(process.argv[2])
JSON.parse(await answer.text())
