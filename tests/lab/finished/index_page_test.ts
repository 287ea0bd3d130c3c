import assert from "node:assert/strict";
import { join } from "node:path";
import { indexPageHtml, localTime } from "@/lab/finished/index_page.ts";
import { findResults } from "@/lab/finished/listed_results.ts";
import { writeMadeUpRun } from "../../helpers/finished.ts";
import { makeFolder } from "../../helpers/folder.ts";

const evil = `a "b" <i> & 'c' #1?%`;
const root = makeFolder();
await writeMadeUpRun(join(root, evil), { dataset: evil, aurocs: { [evil]: 0.5 } });
await writeMadeUpRun(join(root, "plain"), { finished: "2020-01-01T00:00:00.000Z", alpha: 0.1 });
await Deno.mkdir(join(root, "cut"));
await Deno.writeTextFile(join(root, "cut/test_results.json"), `{"${evil}`);
const found = await findResults([root]);
const results = found.results.map((result) =>
  result.dataset === evil ? { ...result, differs: [evil] } : result
);
const html = indexPageHtml({ root, results, leftOut: found.leftOut });

Deno.test("indexPageHtml() takes no text for markup, and needs nothing from outside", () => {
  const parts = html.replace(/<style>[^]*?<\/style>|<script>[^]*?<\/script>/g, "");
  assert.ok(!parts.includes("<i>"));
  assert.ok(!/https?:|@import|url\(|src=/.test(html));
  assert.equal([...html.matchAll(/<script>/g)].length, 1);
});

Deno.test("indexPageHtml() links every report by an address that leads there", async () => {
  const links = [...html.matchAll(/href="(?!#)([^"]+)"/g)]
    .map((match) => match[1]!.replaceAll("&#39;", "'"));
  assert.equal(links.length, 2);
  for (const link of links) {
    // As a browser resolves it below the page's own address.
    const { pathname } = new URL(link, "file:///page/index.html");
    const path = decodeURIComponent(pathname.replace("/page/", ""));
    assert.ok((await Deno.stat(join(root, path))).isFile, link);
  }
});

Deno.test("indexPageHtml() sorts by the numbers themselves, and says what was left out", () => {
  const rows = [...html.matchAll(/<tr id=.*<\/tr>/g)].map(([row]) => row);
  assert.equal(rows.length, 2);
  assert.match(rows[0]!, /data-title="image AUROC" class="number" data-sort="0\.5"><div>50\.0 %</);
  assert.match(rows[1]!, /data-title="differs" data-sort="alpha=0\.1"/);
  assert.match(rows[1]!, /data-title="R1" data-empty data-sort=""><div>–</);
  assert.match(html, /<h2>Left out<\/h2>[^]*<code>cut<\/code>: test_results\.json must be JSON/);
  assert.match(html, /2 runs, as <code>/);
});

Deno.test("localTime() writes a moment by the local clock, to the minute", () => {
  const time = new Date(2026, 0, 2, 3, 4, 59);
  assert.equal(localTime(time.toISOString()), "2026-01-02 03:04");
});
